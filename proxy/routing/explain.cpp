#include "routing/explain.hpp"

#include "affinity/registry.hpp"
#include "http1/ambiguous.hpp"
#include "http1/target.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {
namespace {

constexpr std::size_t most_listed = 25;

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ",") + one;
  return out;
}

/// The first part of a rule that does not match, in words.
std::string failing_part(const frontend& f, const match::request_view& request) {
  for (const auto& r : f.source->rule.parts) {
    const auto parts = match::parse_rule(r.rule);
    if (!parts) continue;
    for (const match::rule_part& part : *parts) {
      const std::string text = part.name + ":" + joined(part.args);
      const auto alone = match::compiled_rule::compile(text);
      if (!alone || (*alone)->match(request).matched) continue;
      std::string said;
      if (part.name.starts_with("Host")) said = request.host.empty() ? "no host" : "host " + std::string(request.host);
      else if (part.name.starts_with("Path")) said = "path " + std::string(request.path);
      else if (part.name == "Method") said = "method " + std::string(request.method);
      else if (part.name == "Query") said = "query " + std::string(request.query);
      else if (part.name.starts_with("Headers")) said = "the headers";
      else said = "the request";
      return text + " does not match " + said;
    }
  }
  return "does not match";
}

candidate_route listed(const frontend& f, std::string why, bool matches) {
  candidate_route out;
  out.frontend = f.name;
  out.backend = f.source->service;
  out.service = f.source->swarm_service;
  for (const auto& r : f.source->rule.parts) out.rules.push_back(r.rule);
  out.priority = f.priority;
  out.matches = matches;
  out.why = std::move(why);
  return out;
}

bool matches_all(const frontend& f, const match::request_view& request) {
  return std::all_of(f.rules.begin(), f.rules.end(), [&](const auto& rule) { return rule->match(request).matched; });
}

bool names_host(const frontend& f, std::string_view host) {
  return std::any_of(f.rules.begin(), f.rules.end(),
                     [&](const auto& rule) { return std::find(rule->hosts().begin(), rule->hosts().end(), host) != rule->hosts().end(); });
}

std::string why_lower(const frontend& winner, const frontend& loser) {
  if (loser.priority < winner.priority)
    return "matches as well, but priority " + std::to_string(loser.priority) + " is lower than " + std::to_string(winner.priority);
  return "matches as well with the same priority; of equals the first by name wins";
}

void tell_servers(request_explanation& out, const frontend& winner, const request_question& asked) {
  const backend& b = *winner.to;
  for (const server& s : b.servers) out.servers.push_back({s.url, s.origin.task_id, s.origin.node_id, s.origin.node_name, s.origin.slot, s.up()});
  if (b.servers.empty()) {
    out.status = 503;
    out.outcome = "frontend " + winner.name + " takes it, but backend " + b.name + " has no server: 503";
    return;
  }
  out.outcome = "frontend " + winner.name + " sends it to backend " + b.name;
  if (std::none_of(b.servers.begin(), b.servers.end(), [](const server& s) { return s.up(); })) {
    out.status = 503;
    out.outcome += ", whose servers are all down: 503";
  }
  out.sticky = b.sticky();
  if (!b.sticky()) {
    out.affinity = "no stickiness: any server that is up";
    return;
  }
  out.cookie = b.cookie_name;
  std::vector<http::field> fields;
  for (const auto& [name, value] : asked.headers) fields.push_back({name, value, http::classify(name)});
  const affinity::cookie_target found = affinity::find(fields, b);
  out.server = found.server;
  if (found.server >= 0) out.affinity = "cookie " + b.cookie_name + " leads to " + b.servers[static_cast<std::size_t>(found.server)].url;
  else if (found.has_cookie) out.affinity = "cookie " + b.cookie_name + " leads to no server of today: a new one is chosen and the cookie set anew";
  else out.affinity = "no cookie " + b.cookie_name + " came: a server is chosen and the cookie set";
}

/// "/foo/bar", of which PathPrefixStrip:/foo makes the same as of "/foobar"; empty: the path is none of these.
std::string other_stripped(const frontend& f, std::string_view path) {
  for (const auto& rule : f.rules)
    for (const std::string& prefix : rule->rewrites().strip_prefixes) {
      if (!path.starts_with(prefix)) continue;
      const std::string_view rest = path.substr(prefix.size());
      if (http1::cuts_segment(prefix, rest)) return prefix + "/" + std::string(rest);
      break;  // the longest one is stripped
    }
  return {};
}

/// What a rule did not match may be what the server makes of the path: /x/..;/admin beside a guarded /admin.
void tell_readings(request_explanation& out, const table& t, std::size_t entry, match::request_view view, const frontend& winner) {
  for (const http1::reading& r : http1::other_readings(view.path)) {
    view.path = r.path;
    const frontend* const other = t.find(entry, view).to;
    if (!other || other == &winner) continue;
    out.warnings.push_back("a server that " + std::string(r.how) + " reads " + r.path + ", which is frontend " + other->name +
                           "'s: what guards that one was not asked. StrictPaths:true at the entry point refuses such paths");
  }
  if (const std::string path = other_stripped(winner, view.path); !path.empty()) {
    view.path = path;
    const frontend* const other = t.find(entry, view).to;
    if (other && other != &winner)
      out.warnings.push_back("the server gets the same path as for " + path + ", which is frontend " + other->name +
                             "'s: what guards that one was not asked. A rule with / at its prefix's end, or StrictPaths:true, refuses this");
  }
}

/// Those that match, the winner first, then those that do not, as far as there is room. @return the winner; null: none.
const frontend* list_routes(request_explanation& out, const std::vector<const frontend*>& all, const match::request_view& view,
                            const std::string& host) {
  const frontend* winner = nullptr;
  const auto room = [&] { return out.routes.size() < most_listed; };
  for (const frontend* const f : all) {
    if (!matches_all(*f, view)) continue;
    if (!winner) {
      winner = f;
      out.routes.push_back(listed(*f, "matches, with the highest priority of those that do: " + std::to_string(f->priority), true));
    } else if (room()) {
      out.routes.push_back(listed(*f, why_lower(*winner, *f), true));
    }
  }
  // Who did not match: those of this host first, since they are what people look for.
  for (const bool of_host : {true, false})
    for (const frontend* const f : all) {
      if (!room()) break;
      if (names_host(*f, host) == of_host && !matches_all(*f, view)) out.routes.push_back(listed(*f, failing_part(*f, view), false));
    }
  out.others = all.size() - std::min(all.size(), out.routes.size());
  return winner;
}

/// All but what the entry point's own steps make of it.
request_explanation routed(const table& t, std::size_t entry, bool strict, const match::request_view& view, const request_question& asked) {
  request_explanation out;
  out.path = view.path;
  const frontend* const winner = list_routes(out, t.entries[entry].ordered, view, std::string(view.host));
  out.routed = winner != nullptr;
  if (!winner) {
    out.status = t.complete ? 404 : 503;
    out.outcome = t.complete ? "no route matches: 404" : "no route matches yet; not every provider has been heard: 503";
    return out;
  }
  const route_hit hit = t.find(entry, view);
  tell_servers(out, *winner, asked);
  tell_readings(out, t, entry, view, *winner);
  if (strict && !other_stripped(*winner, view.path).empty()) {
    out.status = 400;
    out.outcome = "the entry point is strict (StrictPaths) and refuses the path: 400 (a prefix that is stripped ends within a segment)";
  }
  if (hit.redirect_slash) {
    out.status = 301;
    out.outcome = "frontend " + winner->name + " redirects to the path " + (hit.with_slash ? "with" : "without") + " a slash at its end: 301";
  }
  return out;
}

}  // namespace

request_explanation explain(const table& t, std::size_t entry, bool strict, bool guarded, const request_question& asked) {
  request_explanation out;
  if (entry >= t.entries.size()) {
    out.status = 404;
    out.outcome = "there is no such entry point";
    return out;
  }
  const auto scratch = std::make_unique<http1::target_scratch>();
  http1::target target;
  if (const http1::refusal bad = http1::parse_target(asked.method, asked.target, *scratch, target)) {
    out.status = bad.status;
    out.outcome = "the request is refused: " + std::to_string(bad.status) + " (" + bad.reason + ")";
    return out;
  }
  if (const char* const why = strict ? http1::ambiguity(target.path) : nullptr) {
    out.status = 400;
    out.outcome = std::string("the entry point is strict (StrictPaths) and refuses the path: 400 (") + why + ")";
    return out;
  }
  if (!asked.host.empty() && !http1::valid_host(asked.host)) {
    out.status = 400;
    out.outcome = "the host is not one: 400";
    return out;
  }
  const std::string host = http::lowered(std::string(http1::host_name(asked.host)));
  std::vector<http::field> fields;
  for (const auto& [name, value] : asked.headers) fields.push_back({name, value});
  const match::request_view view{asked.method, host, target.match, target.query, fields};
  if (const frontend* const own = t.find_before_steps(entry, view)) {
    out.path = target.match;
    out.routed = true;
    out.routes.push_back(listed(*own, "a path of waggle's own, asked for before the entry point's steps and all other routes", true));
    out.others = t.entries[entry].ordered.size();
    out.outcome = "waggle answers it itself (" + own->to->name + "), before all routes";
    return out;
  }
  out = routed(t, entry, strict, view, asked);
  if (guarded) out.outcome = "if redirect, auth and white list of the entry point let it pass: " + out.outcome;
  return out;
}

}  // namespace waggle::proxy::routing
