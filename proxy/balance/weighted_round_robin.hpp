// Policy wrr: weighted round robin by the weights that the labels say. One worker's balancer of one backend.
#pragma once

#include "balance/round_robin.hpp"
#include "plan/backend.hpp"

#include <waggle/model/service/balance_policy.hpp>

#include <utility>

namespace waggle::proxy::balance {

class weighted_round_robin {
 public:
  static constexpr model::balance_policy policy = model::balance_policy::weighted_round_robin;

  /// @param first  server to begin with: the worker's number, so that few requests do not all meet the first one.
  explicit weighted_round_robin(unsigned first) noexcept : first_(first) {}

  template <class May>
  int pick(const plan::backend& b, May&& may) {
    at_.begin(first_, b.servers.size());
    return balance::pick(b, at_, std::forward<May>(may));
  }

 private:
  position at_;
  unsigned first_;
};

}  // namespace waggle::proxy::balance
