// What a worker tells discovery of servers that fail: a reason to look at the swarm, ten times a second at most.
#pragma once

#include "io/loop.hpp"
#include "plan/backend.hpp"
#include "upstream/endpoint.hpp"
#include "worker/look_gate.hpp"

#include <waggle/proxy/server.hpp>

#include <string>
#include <utility>

namespace waggle::proxy {

/// Thread: the worker's.
class failure_reports {
 public:
  failure_reports(io::loop& l, endpoint_failure_handler to) : loop_(l), to_(std::move(to)), later_(*this) {}
  failure_reports(const failure_reports&) = delete;

  void report(upstream::endpoint& e, const char* reason) {
    e.note_error(reason, loop_.now());
    if (!e.internal) ask_to_look(plan::published_id(e.key), reason);
  }
  /// @param server_id  of whom; empty: nobody in particular.
  void ask_to_look(const std::string& server_id, const char* reason) {
    if (!to_) return;
    if (gate_.pass(server_id, loop_.now())) return to_(server_id, reason);
    if (later_.due() == io::never) loop_.arm(later_, gate_.opens());
  }

 private:
  struct later_timer final : io::timer {
    explicit later_timer(failure_reports& r) noexcept
        : timer([](io::timer& t) {
            failure_reports& self = static_cast<later_timer&>(t).of;
            if (!self.gate_.is_owed()) return;
            self.gate_.settle(self.loop_.now());
            self.to_({}, "more failures than were told");
          }),
          of(r) {}
    failure_reports& of;
  };
  io::loop& loop_;
  endpoint_failure_handler to_;
  look_gate gate_;
  later_timer later_;
};

}  // namespace waggle::proxy
