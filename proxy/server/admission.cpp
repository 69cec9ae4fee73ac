#include <waggle/proxy/admission.hpp>

#include "io/side_threads.hpp"
#include "middleware/chain.hpp"
#include "middleware/deferred.hpp"
#include "middleware/registry.hpp"

#include <waggle/base/clock.hpp>

#include <utility>

namespace waggle::proxy {
namespace {

io::time_ms now_ms() {
  return static_cast<io::time_ms>(std::chrono::duration_cast<milliseconds>(base::now().time_since_epoch()).count());
}

refusal said_by(middleware::local_answer&& a) { return {a.status, std::move(a.fields), std::move(a.body)}; }

}  // namespace

struct admission::impl {
  std::string entry_point;
  middleware::chain chain;
  io::ip_ranges trusted;
  bool everyone_trusted = false;
  std::unique_ptr<io::side_threads> hashing;  // its own: guesses at the API hold up no log-in of a frontend
};

admission::admission(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
admission::~admission() = default;

base::explained_result<std::unique_ptr<admission>> admission::make(const entry_point& e, const options& opts, base::logger& log) {
  const auto failed = [&](const std::string& why) { return base::explained{"entry point " + e.name + ": " + why}; };
  if (e.auth && e.auth->forward) return failed("Auth.Forward is not served for the API; use Auth.Basic.Users");
  auto trusted = io::ip_ranges::parse(e.forwarded_headers.ranges);
  if (!trusted) return failed("forwardedHeaders.trustedIPs: " + trusted.error().reason);
  // The same options at a frontend give the same guards, in the same order.
  model::frontend as_frontend;
  as_frontend.name = e.name;
  as_frontend.options.white_list = e.white_list;
  as_frontend.options.auth = e.auth;
  middleware::limit_registry no_limits;
  const std::string nobody;
  auto chain = middleware::build_chain(as_frontend, {}, {opts, no_limits, log, nobody});
  if (!chain) return failed(chain.error().reason);
  auto made = std::make_unique<impl>();
  made->entry_point = e.name;
  made->chain = std::move(*chain);
  made->trusted = std::move(*trusted);
  made->everyone_trusted = e.forwarded_headers.everyone || opts.compat_traefik1;
  if (!made->chain.guards.empty()) made->hashing = std::make_unique<io::side_threads>();
  return std::unique_ptr<admission>(new admission(std::move(made)));
}

bool admission::guards() const noexcept { return !impl_->chain.guards.empty(); }

void admission::ask(const std::string& head, const std::string& peer, std::uint16_t peer_port, handler done) const {
  http1::request_head read;
  if (const auto parsed = http1::parse_request(head, read); parsed.state != http1::parse_state::complete)
    return done(refusal{parsed.status == 0 ? 400 : parsed.status, "Content-Type: text/plain; charset=utf-8\r\n", "400 Bad Request"});
  io::ip_bytes ip{};
  if (!io::parse_ip(peer, ip)) return done(refusal{403, {}, "Forbidden"});
  const std::string_view path = read.target.substr(0, read.target.find('?'));
  const middleware::request_info request{.head = read, .host = {}, .target = read.target, .path = path, .query = {}, .has_query = false,
                                         .peer = peer, .peer_port = peer_port, .peer_ip = ip,
                                         .trusted = impl_->everyone_trusted || impl_->trusted.contains(ip),
                                         .entry_point = impl_->entry_point, .tls = false, .now = now_ms()};
  middleware::request_edits edits;
  for (const auto& g : impl_->chain.guards)
    if (auto answer = g->check(request, edits)) return done(said_by(std::move(*answer)));
  if (!edits.later) return done(std::nullopt);
  const auto job = [later = std::move(edits.later), done] {
    auto answer = later->decide_here();
    done(answer ? std::optional(said_by(std::move(*answer))) : std::nullopt);
  };
  // By who asks: a flood of guesses from one address holds up no other's log-in.
  if (!impl_->hashing->submit(io::side_threads::owner_of(peer), job, nullptr, true)) done(refusal{503, "Retry-After: 1\r\n", "Service Unavailable"});
}

}  // namespace waggle::proxy
