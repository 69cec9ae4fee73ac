#include <waggle/proxy/admission.hpp>

#include "http1/make_request.hpp"
#include "io/side_threads.hpp"
#include "middleware/deferred.hpp"
#include "middleware/entry_chain.hpp"

#include <waggle/base/clock.hpp>

#include <chrono>
#include <string_view>
#include <utility>
#include <variant>

namespace waggle::proxy {
namespace {

io::time_ms now_ms() { return static_cast<io::time_ms>(std::chrono::duration_cast<milliseconds>(base::now().time_since_epoch()).count()); }

refusal said_by(middleware::local_answer&& a) { return {a.status, std::move(a.fields), std::move(a.body)}; }

}  // namespace

struct admission::impl {
  std::string entry_point;
  std::shared_ptr<const middleware::entry_chain> steps;  // a hash that is being reckoned may outlive this
  io::ip_ranges trusted;
  bool everyone_trusted = false;
  std::unique_ptr<io::side_threads> hashing;  // its own: guesses at the API hold up no log-in of a frontend
};

namespace {

/// One request on its way through the steps, on whichever thread it is.
struct asking {
  http::heap_arena memory;
  http::request request;
  std::string peer;
  std::uint16_t peer_port = 0;
  io::ip_bytes peer_ip{};
  bool trusted = false;
  std::size_t next = 0;  ///< step

  middleware::step_result go_on(const middleware::entry_chain& steps, std::string_view entry_point) {
    const middleware::request_info about{.request = request,
                                         .peer = peer,
                                         .peer_port = peer_port,
                                         .peer_ip = peer_ip,
                                         .trusted = trusted,
                                         .entry_point = entry_point,
                                         .now = now_ms()};
    middleware::passed said;
    middleware::passed_limits none;  // entry points have no limits
    return middleware::run_steps(steps, next, about, request, said, none);
  }
  /// The rest of the steps by a thread that may block. @param check  of the step before.
  std::optional<refusal> decide(const middleware::entry_chain& steps, std::string_view entry_point,
                                std::shared_ptr<middleware::deferred_check> check) {
    for (;;) {
      middleware::decision d = check->decide_here();
      apply(d, request);
      if (d.answer) return said_by(std::move(*d.answer));
      middleware::step_result result = go_on(steps, entry_point);
      if (auto* const answer = std::get_if<middleware::local_answer>(&result)) return said_by(std::move(*answer));
      auto* const waits = std::get_if<std::shared_ptr<middleware::deferred_check>>(&result);
      if (!waits) return std::nullopt;
      check = std::move(*waits);
    }
  }
};

}  // namespace

admission::admission(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
admission::~admission() = default;

base::explained_result<std::unique_ptr<admission>> admission::make(const entry_point& e, const options& opts, base::logger& log) {
  const auto failed = [&](const std::string& why) { return base::explained{"entry point " + e.name + ": " + why}; };
  if (e.auth && e.auth->forward) return failed("Auth.Forward is not served for the API; use Auth.Basic.Users");
  auto trusted = io::ip_ranges::parse(e.forwarded_headers.ranges);
  if (!trusted) return failed("forwardedHeaders.trustedIPs: " + trusted.error().reason);
  auto steps = middleware::build_admission_chain(e, opts, log);
  if (!steps) return failed(steps.error().reason);
  auto made = std::make_unique<impl>();
  made->entry_point = e.name;
  made->steps = std::make_shared<const middleware::entry_chain>(std::move(*steps));
  made->trusted = std::move(*trusted);
  made->everyone_trusted = e.forwarded_headers.everyone || opts.compat_traefik1;
  if (!made->steps->empty()) made->hashing = std::make_unique<io::side_threads>();
  return std::unique_ptr<admission>(new admission(std::move(made)));
}

bool admission::guards() const noexcept { return !impl_->steps->empty(); }

void admission::ask(const std::string& head, const std::string& peer, std::uint16_t peer_port, handler done) const {
  http1::request_head read;
  if (const auto parsed = http1::parse_request(head, read); parsed.state != http1::parse_state::complete)
    return done(refusal{parsed.status == 0 ? 400 : parsed.status, "Content-Type: text/plain; charset=utf-8\r\n", "400 Bad Request"});
  const auto one = std::make_shared<asking>();
  if (!io::parse_ip(peer, one->peer_ip)) return done(refusal{403, {}, "Forbidden"});
  http1::target where;
  where.path = where.match = read.target.substr(0, read.target.find('?'));
  http1::make_request(read, {}, where, head, one->memory, one->request);
  one->peer = peer;
  one->peer_port = peer_port;
  one->trusted = impl_->everyone_trusted || impl_->trusted.contains(one->peer_ip);
  middleware::step_result result = one->go_on(*impl_->steps, impl_->entry_point);
  if (auto* const answer = std::get_if<middleware::local_answer>(&result)) return done(said_by(std::move(*answer)));
  auto* const waits = std::get_if<std::shared_ptr<middleware::deferred_check>>(&result);
  if (!waits) return done(std::nullopt);
  const auto job = [one, done, check = std::move(*waits), steps = impl_->steps, entry_point = impl_->entry_point] {
    done(one->decide(*steps, entry_point, check));
  };
  // By who asks: a flood of guesses from one address holds up no other's log-in.
  if (!impl_->hashing->submit(io::side_threads::owner_of(peer), job, nullptr, true)) done(refusal{503, "Retry-After: 1\r\n", "Service Unavailable"});
}

}  // namespace waggle::proxy
