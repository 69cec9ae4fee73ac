// The same as explain_json.cpp, for a terminal: what "waggle explain" and "waggle status" print.
#include "admin/explain.hpp"

#include "process/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace waggle::app::admin {
namespace {

/// Text from labels and requests must not move the terminal's cursor.
std::string safe(std::string_view s) {
  std::string out;
  for (const char c : s) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b == 0x7F) out += '?';
    else out += c;
  }
  return out;
}

/// 1234567 → "1.2M".
std::string short_number(double n) {
  constexpr const char* units[] = {"", "k", "M", "G", "T"};
  int unit = 0;
  while (n >= 1000 && unit < 4) n /= 1000, ++unit;
  return unit == 0 ? fmt::format("{:.0f}", n) : fmt::format("{:.{}f}{}", n, n < 10 ? 1 : 0, units[unit]);
}

std::string short_id(std::string_view id) { return std::string(id.substr(0, 12)); }

std::string node_text(std::string_view name, std::string_view id) { return name.empty() ? short_id(id) : safe(name); }

/// Columns as wide as their widest cell; the first `left` ones to the left.
class table {
 public:
  explicit table(std::size_t left) : left_(left) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text(std::string_view indent) const {
    std::vector<std::size_t> width;
    for (const auto& r : rows_)
      for (std::size_t i = 0; i < r.size(); ++i) {
        if (i == width.size()) width.push_back(0);
        width[i] = std::max(width[i], r[i].size());
      }
    std::string out;
    for (const auto& r : rows_) {
      std::string line(indent);
      for (std::size_t i = 0; i < r.size(); ++i) {
        if (i > 0) line += "  ";
        line += i < left_ ? fmt::format("{:<{}}", r[i], width[i]) : fmt::format("{:>{}}", r[i], width[i]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + '\n';
    }
    return out;
  }

 private:
  std::size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

void tell(std::string& out, const model::diagnostic& d) {
  fmt::format_to(std::back_inserter(out), "  {}: {}{}\n", text_of(d.level),
                 d.label.empty() ? "" : safe(d.label) + (d.value.empty() ? "" : "=" + safe(d.value)) + ": ", safe(d.text));
  if (!d.fix.empty()) fmt::format_to(std::back_inserter(out), "    fix: {}\n", safe(d.fix));
}

const char* whole(const picture& p) { return p.status().containers ? "containers" : "swarm"; }

std::string age_text(const picture& p) {
  const char* const what = whole(p);
  return p.age_seconds() < 0 ? fmt::format("no view of the {} yet", what) : fmt::format("view of the {} {:.1f} s old", what, p.age_seconds());
}

void tell_engine(std::string& out, const picture& p, const sources& from) {
  if (!from.docker || p.status().connected) return;
  out += "no connection to the Engine: " + safe(p.status().last_error) +
         (p.age_seconds() < 0 ? "\n" : "; waggle keeps serving the last known-good configuration\n");
}

void tell_nodes(std::string& out, const picture& p) {
  for (const bool drained : {true, false}) {
    std::string names;
    for (const discovery::node_trouble& n : p.status().nodes)
      if (!n.down && n.drained == drained) names += (names.empty() ? "" : ", ") + safe(n.name);
    if (!names.empty()) out += (drained ? "drained nodes, which get no tasks: " : "paused nodes, which get no new tasks: ") + names + '\n';
  }
}

std::string server_state(const proxy::server_figures* f) { return !f ? "new" : !f->up ? "down" : f->held ? "held" : refuses(*f) ? "refuses" : "up"; }

std::string trouble_of(const proxy::server_figures* f) {
  return f && !f->trouble.empty() ? fmt::format("{}, {:.0f} s ago", f->trouble, f->trouble_age) : std::string{};
}

void server_rows(table& t, const picture& p, const balanced& b) {
  for (const model::server& m : b->servers) {
    const proxy::server_figures* const f = p.server(*b.name, m.url);
    const auto n = [&](auto member) { return short_number(f ? static_cast<double>(f->*member) : 0); };
    using s = proxy::server_figures;
    t.row({"-> " + safe(m.url), short_id(m.origin.task_id), m.origin.slot == 0 ? "-" : std::to_string(m.origin.slot),
           node_text(m.origin.node_name, m.origin.node_id), std::to_string(m.weight), server_state(f), n(&s::active), n(&s::idle), n(&s::connects),
           n(&s::requests), n(&s::bytes_in), n(&s::bytes_out), n(&s::failures), n(&s::errors), trouble_of(f)});
  }
}

const std::vector<std::string> server_heading = {"-> server", "task", "slot", "node", "weight", "state", "active",    "idle",
                                                 "conns",     "reqs", "in",   "out",  "fail",   "5xx",   "last error"};
constexpr std::size_t left_columns = 4;

}  // namespace

std::string no_view(const picture& p, const sources& from) {
  if (const std::string why = from.awaited ? from.awaited() : std::string(); !why.empty()) return safe(why);
  return fmt::format("no view of the {} yet", whole(p)) + (p.status().last_error.empty() ? "" : ": " + safe(p.status().last_error));
}

std::string text_of_all(const picture& p, const sources& from) {
  if (p.age_seconds() < 0 && from.docker && p.stories().empty() && p.general().empty()) return no_view(p, from) + "\n";
  std::string out = age_text(p) + "\n";
  tell_engine(out, p, from);
  tell_nodes(out, p);
  for (const model::diagnostic& d : p.general()) tell(out, d);
  out += '\n';
  table t(4);
  t.row({p.status().containers ? "CONTAINER" : "SERVICE", "STATE", p.status().containers ? "RUNNING" : "TASKS", "WHY"});
  for (const story& s : p.stories())
    t.row({safe(s.verdict->service), std::string(s.is.state), std::to_string(s.verdict->tasks_running), safe(s.is.reason)});
  return out + t.text("") + "\nwaggle explain NAME shows one of them in full\n";
}

std::string text_of_service(const picture& p, const story& s) {
  const model::verdict& v = *s.verdict;
  std::string out =
      fmt::format("{}{}: {}{}\n", v.container ? "container " : "", safe(v.service), s.is.state, s.is.reason.empty() ? "" : ": " + safe(s.is.reason));
  if (!s.is.last_error.empty())
    out += "  last error: " + safe(s.is.last_error) + (s.is.last_error_age < 0 ? "" : fmt::format(" ({:.0f} s ago)", s.is.last_error_age)) + '\n';
  for (const model::diagnostic& d : v.diagnostics) tell(out, d);
  for (const model::diagnostic& d : s.advice) tell(out, d);
  if (!p.general().empty()) out += "  of waggle itself:\n";
  for (const model::diagnostic& d : p.general()) tell(out, d);
  for (const model::router* const f : s.frontends) {
    std::string rules, entries;
    for (const model::route_rule& r : f->rule.parts) rules += (rules.empty() ? "" : " and ") + safe(r.rule);
    for (const auto& e : f->entry_points) entries += (entries.empty() ? "" : ",") + safe(e);
    fmt::format_to(std::back_inserter(out), "  frontend {}\n    {}  (priority {}, entry points {}) -> {}\n", safe(f->name), rules, priority_of(*f),
                   entries, safe(f->service));
  }
  for (const stream_route& r : s.streams) {
    std::string entries;
    for (const auto& e : r.entry_points) entries += (entries.empty() ? "" : ",") + safe(e);
    fmt::format_to(std::back_inserter(out), "  {} router {}\n    {}{}entry points {} -> {}, {}\n", r.protocol, safe(r.name), safe(r.rule),
                   r.rule.empty() ? "" : "  ", entries, safe(r.service), r.scheduler);
  }
  if (!v.network.empty()) out += "  network " + safe(v.network) + '\n';
  for (const balanced& b : s.backends) {
    out += "  backend " + safe(*b.name) + (is_sticky(*b.is) ? ", sticky" : "") + '\n';
    table t(left_columns);
    t.row(server_heading);
    server_rows(t, p, b);
    out += t.text("    ");
  }
  for (const stream_route& r : s.streams) {
    if (r.servers == nullptr) continue;
    out += fmt::format("  {} service {}\n", r.protocol, safe(r.service));
    table t(left_columns);
    t.row({"-> server", "task", "slot", "node", "weight"});
    for (const model::server& m : *r.servers)
      t.row({"-> " + safe(m.url), short_id(m.origin.task_id), m.origin.slot == 0 ? "-" : std::to_string(m.origin.slot),
             node_text(m.origin.node_name, m.origin.node_id), std::to_string(m.weight)});
    out += t.text("    ");
  }
  if (s.swarm && !s.swarm->tasks.empty()) {
    out += v.container ? "  as Docker has it\n" : "  tasks that Swarm intends to run\n";
    table t(left_columns);
    t.row({"task", "slot", "node", "state"});
    for (const auto& k : s.swarm->tasks)
      t.row({short_id(k.id), k.slot == 0 ? "-" : std::to_string(k.slot), node_text(k.node_name, k.node), safe(k.state)});
    out += t.text("    ");
  }
  return out;
}

std::string text_of_request(const proxy::request_question& asked, const proxy::request_explanation& e) {
  std::string out = fmt::format("{} {}{} on entry point {}\n=> {}\n", safe(asked.method), safe(asked.host), safe(asked.target), safe(e.entry_point),
                                safe(e.outcome));
  if (!e.affinity.empty()) out += "   " + safe(e.affinity) + '\n';
  for (const std::string& w : e.warnings) out += "   warning: " + safe(w) + '\n';
  for (std::size_t i = 0; i < e.servers.size(); ++i)
    fmt::format_to(std::back_inserter(out), "   {} {}  task {} slot {} node {}{}\n", static_cast<int>(i) == e.server ? "*" : "-",
                   safe(e.servers[i].url), short_id(e.servers[i].task), e.servers[i].slot, node_text(e.servers[i].node_name, e.servers[i].node),
                   e.servers[i].up ? "" : "  down");
  if (e.routes.empty()) return out;
  out += '\n';
  for (std::size_t i = 0; i < e.routes.size(); ++i) {
    const auto& r = e.routes[i];
    std::string rules;
    for (const auto& rule : r.rules) rules += (rules.empty() ? "" : " and ") + safe(rule);
    fmt::format_to(std::back_inserter(out), "{} {}  {}\n    {}\n", e.routed && i == 0 ? "won " : "lost", safe(r.frontend), rules, safe(r.why));
  }
  if (e.others > 0) out += fmt::format("and {} more routes that do not match\n", e.others);
  return out;
}

std::string text_of_status(const picture& p, const sources& from) {
  const proxy::stats& s = p.stats();
  std::string out = fmt::format("waggle {}  {}  generation {} (served {})\nconnections {}  active requests {}  requests {}  retries {}\n",
                                version_number(), age_text(p), p.status().generation, s.generation, s.connections_open, s.active,
                                short_number(static_cast<double>(s.requests)), s.retries);
  tell_engine(out, p, from);
  tell_nodes(out, p);
  table t(left_columns);
  t.row(server_heading);
  const auto backend = [&](const balanced& b, const std::string& of) {
    t.row({safe(*b.name) + (is_sticky(*b.is) ? " sticky" : ""), of});
    server_rows(t, p, b);
  };
  for (const story& one : p.stories())
    for (const balanced& b : one.backends) backend(b, "");
  for (const other_backend& o : p.others()) backend(o.backend, o.provider);
  out += '\n' + t.text("");
  for (const auto& [state, title] :
       {std::pair{"failing", "failing"}, std::pair{"not-routed", "not routed"}, std::pair{"routed-with-warnings", "routed with warnings"}}) {
    table broken(2);
    for (const story& one : p.stories())
      if (one.is.state == state) broken.row({safe(one.verdict->service), safe(one.is.reason)});
    if (const std::string text = broken.text("  "); !text.empty()) out += fmt::format("\n{}:\n{}", title, text);
  }
  if (!p.general().empty()) out += '\n';
  for (const model::diagnostic& d : p.general()) tell(out, d);
  return out;
}

}  // namespace waggle::app::admin
