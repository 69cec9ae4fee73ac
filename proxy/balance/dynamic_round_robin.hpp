// Policy drr: weighted round robin by weights that lean away from servers with many errors. One worker's balancer of one backend.
#pragma once

#include "balance/dynamic_weights.hpp"
#include "balance/round_robin.hpp"
#include "io/timer_wheel.hpp"
#include "plan/backend.hpp"

#include <waggle/model/service/balance_policy.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace waggle::proxy::balance {

class dynamic_round_robin {
 public:
  static constexpr model::balance_policy policy = model::balance_policy::dynamic_round_robin;

  /// @param first  as in weighted_round_robin.
  explicit dynamic_round_robin(unsigned first) noexcept : first_(first) {}

  template <class May>
  int pick(const plan::backend& b, May&& may) {
    at_.begin(first_, b.servers.size());
    if (!weights_ || !weights_->is_for(b)) weights_ = std::make_unique<dynamic_weights>(b);
    return pick_by(*weights_, at_, std::forward<May>(may));
  }

  /// An answer for an older version of the backend says nothing about the servers of this one.
  void note_response(const plan::backend& b, std::size_t server, unsigned status, io::time_ms now) {
    if (weights_ && weights_->is_for(b)) weights_->note(server, status, now);
  }

 private:
  std::unique_ptr<dynamic_weights> weights_;
  position at_;
  unsigned first_;
};

}  // namespace waggle::proxy::balance
