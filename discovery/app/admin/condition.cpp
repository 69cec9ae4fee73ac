#include "admin/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace waggle::app::admin {
namespace {

using model::routing_state;
using model::severity;

constexpr std::uint64_t enough = 5;  // answers from which on "all of them" means something

enum class trouble { none, unhealthy, refuses, fails };

trouble trouble_of(const proxy::server_figures& s) noexcept {
  if (!s.up) return trouble::unhealthy;
  if (refuses(s)) return trouble::refuses;
  if (s.requests > 0 && s.failures >= s.requests) return trouble::fails;
  if (s.requests >= enough && s.errors >= s.requests) return trouble::fails;
  if (s.bad_in_a_row >= enough_in_a_row) return trouble::fails;
  return trouble::none;
}

void note_last_error(condition& out, const std::vector<const proxy::server_figures*>& servers) {
  for (const proxy::server_figures* const s : servers) {
    if (!s->check_failure.empty()) {  // as of now: the check is made again and again
      out.last_error = s->check_failure;
      out.last_error_age = -1;
      return;
    }
    if (s->trouble.empty() || (!out.last_error.empty() && out.last_error_age <= s->trouble_age)) continue;
    out.last_error = fmt::format("{}: {}", s->url, s->trouble);
    out.last_error_age = s->trouble_age;
  }
}

}  // namespace

bool refuses(const proxy::server_figures& s) noexcept { return s.held || s.refusing || (s.requests == 0 && s.connect_failures > 0); }

std::string_view state_of(const model::verdict& v) noexcept {
  switch (v.state) {
    case routing_state::routed: return "routed";
    case routing_state::routed_with_warnings: return "routed-with-warnings";
    case routing_state::not_routed: break;
  }
  const bool asks =
      v.diagnostics.empty() || std::any_of(v.diagnostics.begin(), v.diagnostics.end(), [](const auto& d) { return d.level >= severity::warning; });
  return asks ? "not-routed" : "not-exposed";
}

condition condition_of(const model::verdict& v, const std::vector<model::diagnostic>& advice,
                       const std::vector<const proxy::server_figures*>& servers, std::size_t wanted) {
  condition out{state_of(v), v.reason, {}};
  if (v.state == routing_state::not_routed) return out;
  note_last_error(out, servers);
  const auto count = [&](trouble t) {
    return static_cast<std::size_t>(std::count_if(servers.begin(), servers.end(), [t](const auto* s) { return trouble_of(*s) == t; }));
  };
  const std::size_t unhealthy = count(trouble::unhealthy), refusing = count(trouble::refuses), failing = count(trouble::fails);
  if (wanted > 0 && unhealthy + refusing + failing == wanted) {
    out.state = "failing";
    const char* const what = unhealthy == wanted  ? wanted == 1 ? "fails its health check" : "fail their health check"
                             : refusing == wanted ? wanted == 1 ? "refuses connections" : "refuse connections"
                             : wanted == 1        ? "fails every request"
                                                  : "fail every request";
    out.reason = wanted == 1 ? fmt::format("its only server {}", what) : fmt::format("all {} servers {}", wanted, what);
    if (!out.last_error.empty()) out.reason += ": " + out.last_error;
    return out;
  }
  const auto starved = std::find_if(advice.begin(), advice.end(), [](const auto& d) { return d.code == "tasks-not-running"; });
  if (wanted == 0 && starved != advice.end()) {
    out.state = "failing";
    out.reason = starved->text;
    return out;
  }
  if (out.state != "routed") return out;
  const auto worst = std::max_element(advice.begin(), advice.end(), [](const auto& a, const auto& b) { return a.level < b.level; });
  if (worst == advice.end() || worst->level < severity::warning) return out;
  out.state = "routed-with-warnings";
  out.reason = worst->text;
  return out;
}

}  // namespace waggle::app::admin
