#include "translate/conflicts.hpp"

#include "labels/label_use.hpp"
#include "translate/layer4_conflicts.hpp"
#include "translate/outcome.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace waggle::discovery {

namespace {

constexpr const char* same_rule = "same-rule";
constexpr const char* hidden_rule = "hidden-rule";
constexpr const char* missing_page = "error-page-of-nobody";
constexpr std::size_t most_places = 1000;  // hosts times paths of a rule that is looked at
constexpr std::size_t longest_path = 63;   // of those that others are looked for under: lengths are bits

using found = std::vector<std::pair<const model::router*, model::diagnostic>>;

const std::string& rule_of(const model::router& f) noexcept { return f.rule.parts.front().rule; }

bool same(const model::router& a, const model::router& b) noexcept {
  return a.priority == b.priority && a.swarm_service != b.swarm_service && rule_of(a) == rule_of(b);
}

std::size_t mixed(std::size_t a, std::string_view b) noexcept { return a * 31 + std::hash<std::string_view>()(b); }

/// What the frontends of one entry point take that come before the one in question.
class taken {
 public:
  explicit taken(std::size_t most) {
    places_.reserve(most);
    lengths_.reserve(most);
  }
  /// Who gets all that `e` asks for: its number in add(); none: it is more than one, or not all of it is taken.
  std::optional<std::size_t> taker_of(const rule_coverage& e) const {
    if (e.hosts.size() * e.paths.size() > most_places || e.paths.empty()) return std::nullopt;
    const auto taker = first_of(e.hosts.empty() ? std::string_view{} : e.hosts.front(), e.paths.front(), e.rest);
    const auto takes = [&](std::string_view host) {
      return std::all_of(e.paths.begin(), e.paths.end(), [&](const auto& p) { return first_of(host, p, e.rest) == taker; });
    };
    const bool all = taker && (e.hosts.empty() ? takes({}) : std::all_of(e.hosts.begin(), e.hosts.end(), takes));
    return all ? taker : std::nullopt;
  }

  /// @param e  outlives this
  void add(const rule_coverage& e, std::size_t number) {
    static const std::vector<rule_coverage::path> everything{{"/", false}};
    const auto& paths = e.partly ? everything : e.paths;
    if (e.hosts.size() * paths.size() > most_places) return;
    const auto put = [&](std::string_view host) {
      for (const auto& p : paths) {
        if (p.text.size() > longest_path) continue;
        places_.try_emplace({host, e.rest, p.text, p.exact}, number);
        if (!p.exact) lengths_[{host, e.rest, {}, false}] |= std::uint64_t{1} << p.text.size();
      }
    };
    if (e.hosts.empty()) put({});
    for (const auto& h : e.hosts) put(h);
  }

 private:
  struct place {
    std::string_view host, rest, path;
    bool exact;
    bool operator==(const place&) const = default;
  };
  struct place_hash {
    std::size_t operator()(const place& p) const noexcept { return mixed(mixed(mixed(p.exact, p.host), p.rest), p.path); }
  };

  void look(const place& at, std::optional<std::size_t>& first) const {
    const auto it = places_.find(at);
    if (it != places_.end() && (!first || it->second < *first)) first = it->second;
  }

  /// The first that takes this path on this host, among those that ask for nothing else or for just the same.
  std::optional<std::size_t> first_of(std::string_view host, const rule_coverage::path& path, std::string_view rest) const {
    std::optional<std::size_t> first;
    const auto under = [&](std::string_view h, std::string_view r) {
      if (path.exact) look({h, r, path.text, true}, first);
      const auto lengths = lengths_.find({h, r, {}, false});
      if (lengths == lengths_.end()) return;
      std::string_view text = path.text;
      if (path.exact && text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);  // it takes that one as well
      for (std::size_t n = 1; n <= std::min(text.size(), longest_path); ++n)
        if ((lengths->second >> n & 1) != 0) look({h, r, text.substr(0, n), false}, first);
    };
    const auto on = [&](std::string_view h) {
      under(h, {});
      if (!rest.empty()) under(h, rest);
    };
    on({});
    if (!host.empty()) on(host);
    return first;
  }

  std::unordered_map<place, std::size_t, place_hash> places_;     // → the first to take it
  std::unordered_map<place, std::uint64_t, place_hash> lengths_;  // of the prefixes on a host: a bit each
};

model::diagnostic warning(const char* code, const model::router& about, const model::router& winner, std::string text, std::string fix) {
  return {model::severity::warning,
          code,
          "traefik.frontend.rule",
          shown(rule_of(about), most_shown),
          std::move(text),
          std::move(fix),
          {model::protocol::http, winner.name}};
}

/// Verdicts by the service that they are about.
class verdict_index {
 public:
  explicit verdict_index(model::verdict_list& verdicts) : verdicts_(verdicts) {}
  /// Null: there is none of that service.
  model::verdict* find(std::string_view service) {
    if (places_.empty())  // mostly there is nothing to tell
      for (std::size_t i = 0; i < verdicts_.size(); ++i) places_.emplace(std::as_const(verdicts_)[i].service, i);
    const auto at = places_.find(service);
    return at == places_.end() ? nullptr : &verdicts_[at->second];
  }

 private:
  model::verdict_list& verdicts_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

/// @param kind  what frontends are of: "service" or "container"
void find_same(std::span<const rival> all, const std::string& kind, found& out) {
  std::vector<std::size_t> rules;  // is there any pair at all?
  rules.reserve(all.size());
  for (const rival& r : all) rules.push_back(mixed(static_cast<std::size_t>(r.router->priority), rule_of(*r.router)));
  std::sort(rules.begin(), rules.end());
  if (std::adjacent_find(rules.begin(), rules.end()) == rules.end()) return;
  const std::string fix = "change one of the rules, set traefik.frontend.priority, or give both the same traefik.backend";
  std::unordered_map<std::string, const model::router*> first;
  for (const rival& r : all)
    for (const model::router& f = *r.router; const auto& e : f.entry_points) {
      const auto [it, fresh] = first.emplace(e + '\n' + std::to_string(f.priority) + '\n' + rule_of(f), &f);
      const model::router& winner = *it->second;
      if (fresh || winner.service == f.service || !same(winner, f)) continue;
      const std::string begin = "the " + kind + " ";
      const std::string has = " has the same rule and priority; ";
      out.emplace_back(&winner, warning(same_rule, winner, f, begin + f.swarm_service + has + "this one wins, by the names of their frontends", fix));
      out.emplace_back(
          &f, warning(same_rule, f, winner, begin + winner.swarm_service + has + "that one always wins, by the names of their frontends", fix));
      break;
    }
}

model::diagnostic hidden_by(const model::router& f, const model::router& winner, const std::string& kind) {
  const auto mine = std::to_string(priority_of(f)), its = std::to_string(priority_of(winner));
  const std::string who = winner.swarm_service == f.swarm_service ? "another segment of this " + kind : "the " + kind + " " + winner.swarm_service;
  return warning(hidden_rule, f, winner,
                 "never wins: " + who + " takes all its requests by " + shown(rule_of(winner), most_shown) +
                     (mine == its ? " (both have priority " + mine + "; names decide)" : " (priority " + its + "; this one has " + mine + ")"),
                 "set traefik.frontend.priority above " + its + ", change one of the rules, or give both the same traefik.backend");
}

void find_hidden(std::span<const rival> all, const std::string& kind, found& out) {
  std::vector<rival> ordered(all.begin(), all.end());  // as the proxy asks them
  std::stable_sort(ordered.begin(), ordered.end(), [](const rival& a, const rival& b) { return priority_of(*a.router) > priority_of(*b.router); });
  std::map<std::string_view, taken> entry_points;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const model::router& f = *ordered[i].router;
    const rule_coverage& extent = *ordered[i].extent;
    std::optional<std::size_t> taker;
    bool everywhere = true;
    for (const auto& e : f.entry_points) {
      taken& before = entry_points.try_emplace(e, ordered.size()).first->second;
      const auto here = everywhere ? before.taker_of(extent) : std::nullopt;
      everywhere = here && (!taker || taker == here);
      taker = here;
      before.add(extent, i);
    }
    if (!everywhere || !taker) continue;
    const model::router& winner = *ordered[*taker].router;
    // To the same backend is where the requests were meant to go; two services with one rule are told above.
    if (winner.service != f.service && !same(winner, f)) out.emplace_back(&f, hidden_by(f, winner, kind));
  }
}

}  // namespace

void report_conflicts(std::span<const rival> all, model::verdict_list& verdicts) {
  found news;
  const std::string kind = !verdicts.empty() && std::as_const(verdicts)[0].container ? "container" : "service";
  find_same(all, kind, news);
  find_hidden(all, kind, news);
  verdict_index index(verdicts);
  for (auto& [about, d] : news)
    if (model::verdict* const v = index.find(about->swarm_service)) {
      v->diagnostics.push_back(std::move(d));
      settle_routed(*v);
    }
}

void tell_missing_pages(std::span<const rival> all, const model::parts<model::service>& services, model::verdict_list& verdicts) {
  constexpr std::string_view prefix = "backend-";
  verdict_index index(verdicts);
  for (const rival& r : all)
    for (const auto& m : r.middlewares) {
      const auto* const page = std::get_if<model::error_page>(&m->kind);
      if (page == nullptr || find_named(services, page->backend) != nullptr) continue;
      model::verdict* const v = index.find(r.router->swarm_service);
      if (v == nullptr) continue;
      std::string_view wanted = page->backend;
      if (wanted.starts_with(prefix)) wanted.remove_prefix(prefix.size());
      v->diagnostics.push_back({model::severity::warning, missing_page, "traefik.frontend.errors." + page->name + ".backend",
                                shown(wanted, most_shown), "no service has this backend, so the error page is never shown",
                                "write a service's traefik.backend, or its name (stack and service, with - for _)"});
      settle_routed(*v);
    }
}

bool about_rivals(const model::diagnostic& d) noexcept {
  return d.code == same_rule || d.code == hidden_rule || d.code == missing_page || d.code == unreachable_rival || d.code == entry_point_taken ||
         d.code == shared_options_differ;
}

}  // namespace waggle::discovery
