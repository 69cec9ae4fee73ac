#include <waggle/discovery/refusals.hpp>

#include "labels/label_use.hpp"
#include "translate/outcome.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::discovery {
namespace {

using model::routing_state;

/// Which label a reason of the proxy speaks of, and what to write instead.
struct hint {
  std::string_view words, label, fix;
};

constexpr std::array hints = std::to_array<hint>({
    {"IP Whitelister", "traefik.frontend.whiteList.sourceRange", "write addresses or blocks such as 10.0.0.0/8, separated by commas"},
    {"unknown target entrypoint", "traefik.frontend.redirect.entryPoint", "name an entry point that waggle has (--entryPoints)"},
    {"Frontend Redirect", "traefik.frontend.redirect.regex", "write a regular expression of Go (RE2), and $1 in the replacement"},
    {"Authenticator user", "traefik.frontend.auth", "write name:hash for basic, name:traefik:hash for digest (htpasswd and htdigest make them)"},
    {"creating auth ", "traefik.frontend.auth.headerField", "write the name of a header"},
    {"forward auth", "traefik.frontend.auth.forward", "write the address as http://HOST:PORT/PATH, and files that waggle can read"},
    {"circuit breaker", "traefik.backend.circuitbreaker.expression", "write it as in docs/middlewares.md, such as NetworkErrorRatio() > 0.5"},
    {"connection limit", "traefik.backend.maxconn.extractorfunc", "write client.ip, request.host or request.header.NAME"},
    {"rate limiter", "traefik.frontend.rateLimit", "write client.ip, request.host or request.header.NAME, and positive period, average and burst"},
    {"buffering middleware", "traefik.backend.buffering", "write sizes in bytes, and the expression as in docs/middlewares.md"},
    {"creating route", "traefik.frontend.rule", "see docs/labels.md for the matchers, for example Host:a.example.com"},
    {"only http servers", "traefik.protocol", "remove it if the tasks also speak plain http on an overlay network"},
    {"no TLS provided", "traefik.frontend.passTLSCert", "remove it: entry points have no TLS yet"},
    {"header", "traefik.frontend.headers", "write header names of letters, digits and -, and values without control characters"},
    {"weight should be", "traefik.weight", "write 1 or more"},
    {"open ", "traefik.frontend.auth", "give waggle's own service the file, such as a secret or config"},
    {"read ", "traefik.frontend.auth", "give waggle's own service the file, such as a secret or config"},
});

model::diagnostic as_diagnostic(const std::string& reason) {
  const auto at = std::find_if(hints.begin(), hints.end(), [&](const hint& h) { return reason.find(h.words) != std::string::npos; });
  const bool known = at != hints.end();
  return {model::severity::error,
          "refused-by-proxy",
          known ? std::string(at->label) : "",
          "",
          shown(reason, most_said),
          known ? std::string(at->fix) : "mend the label that this speaks of; docs/middlewares.md has an example of each"};
}

template <class F>
void for_each_router(const model::verdict& of, const F& f) {
  for (const std::string& name : of.frontends) f(model::router_key_view{model::protocol::http, name});
  for (const std::string& name : of.tcp_routers) f(model::router_key_view{model::protocol::tcp, name});
  for (const std::string& name : of.udp_routers) f(model::router_key_view{model::protocol::udp, name});
}

/// What was foreseen is told once, and weighs what it turned out to be.
void add(std::vector<model::diagnostic>& to, model::diagnostic d) {
  const auto same = std::find_if(to.begin(), to.end(),
                                 [&](const model::diagnostic& o) { return o == d || (o.code == "protocol-not-served" && o.label == d.label); });
  if (same == to.end()) to.push_back(std::move(d));
  else same->level = d.level;
}

}  // namespace

bool concerns(const model::verdict& of, const refusals& refused) {
  bool out = std::ranges::any_of(of.diagnostics, [&](const model::diagnostic& d) { return refused.contains(d.rival); });
  for_each_router(of, [&](model::router_key_view r) { out = out || refused.contains(r); });
  return out;
}

bool tell_refusals(model::verdict& of, const refusals& refused) {
  const bool freed = std::erase_if(of.diagnostics, [&](const model::diagnostic& d) { return refused.contains(d.rival); }) > 0;
  if (freed) settle_routed(of);
  std::size_t mine = 0, all = 0;
  for_each_router(of, [&](model::router_key_view router) {
    ++all;
    const auto it = refused.find(router);
    if (it == refused.end()) return;
    ++mine;
    add(of.diagnostics, as_diagnostic(it->second));
  });
  if (mine == 0) return freed;
  std::stable_sort(of.diagnostics.begin(), of.diagnostics.end(), [](const auto& a, const auto& b) { return a.level > b.level; });
  of.state = mine == all ? routing_state::not_routed : routing_state::routed_with_warnings;
  of.reason = in_words(*most_severe(of.diagnostics));  // as the log, check and the findings say it
  return true;
}

}  // namespace waggle::discovery
