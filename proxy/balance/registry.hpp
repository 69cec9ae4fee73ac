// THE list of balance policies, and one worker's balancer of one backend, whichever policy that has. A closed set: choosing a
// server is a switch, no virtual call.
//
// A policy is a class in a file of its own: its model::balance_policy as `policy`, a constructor from the worker's number,
// pick(backend, may) → index or -1, and, if it learns from answers, note_response(backend, server, status, now).
#pragma once

#include "balance/dynamic_round_robin.hpp"
#include "balance/weighted_round_robin.hpp"
#include "io/timer_wheel.hpp"
#include "plan/backend.hpp"

#include <waggle/model/service/balance_policy.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

namespace waggle::proxy::balance {

class balancer {
 public:
  /// Makes it one of the policy that the backend has now. It keeps its state while that does not change.
  /// @param worker  number of the thread that it is for.
  void follow(const plan::backend& b, unsigned worker) {
    const bool same = std::visit([&](const auto& p) { return has_policy(p, b.balance); }, state_);
    if (!same) become(state_, b.balance, worker);
  }

  /// @param may  asked by index; @return the chosen index, -1 if there is none that may. After follow().
  template <class May>
  int pick(const plan::backend& b, May&& may) {
    return std::visit(
        [&](auto& p) {
          if constexpr (is_none<decltype(p)>) return -1;
          else return p.pick(b, may);
        },
        state_);
  }

  /// An answer (or waggle's 502 or 504 in its place) of that server.
  void note_response(const plan::backend& b, std::size_t server, unsigned status, io::time_ms now) {
    std::visit(
        [&](auto& p) {
          if constexpr (requires { p.note_response(b, server, status, now); }) p.note_response(b, server, status, now);
        },
        state_);
  }

 private:
  using any_policy = std::variant<std::monostate, weighted_round_robin, dynamic_round_robin>;

  template <class P>
  static constexpr bool is_none = std::is_same_v<std::remove_cvref_t<P>, std::monostate>;

  template <class P>
  static bool has_policy(const P&, model::balance_policy wanted) noexcept {
    if constexpr (is_none<P>) return false;
    else return P::policy == wanted;
  }
  template <class... P>
  static void become(std::variant<std::monostate, P...>& state, model::balance_policy wanted, unsigned worker) {
    static_assert(sizeof...(P) == model::balance_methods.size(), "each method has one policy");
    ((P::policy == wanted ? static_cast<void>(state.template emplace<P>(worker)) : static_cast<void>(0)), ...);
  }

  any_policy state_;
};

}  // namespace waggle::proxy::balance
