// THE list of schedulers. A closed set: choosing is a switch, no virtual call.
#pragma once

#include "schedule/destination_hash.hpp"
#include "schedule/least_connections.hpp"
#include "schedule/maglev_hash.hpp"
#include "schedule/never_queue.hpp"
#include "schedule/power_of_two.hpp"
#include "schedule/round_robin.hpp"
#include "schedule/shortest_expected_delay.hpp"
#include "schedule/source_hash.hpp"
#include "schedule/weighted_failover.hpp"
#include "schedule/weighted_least_connections.hpp"
#include "schedule/weighted_overflow.hpp"
#include "schedule/weighted_round_robin.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <optional>
#include <utility>
#include <variant>

namespace waggle::proxy::schedule {

using any_scheduler = std::variant<round_robin, weighted_round_robin, least_connections, weighted_least_connections, shortest_expected_delay,
                                   never_queue, source_hash, maglev_hash, weighted_failover, weighted_overflow, power_of_two, destination_hash>;

namespace detail {
template <class... S>
any_scheduler make(std::variant<S...>*, const model::scheduling& how, const slots& published, const key16& key) {
  static_assert(sizeof...(S) == model::scheduler_words.size(), "each word has one scheduler");
  std::optional<any_scheduler> out;
  ((S::policy == how.policy ? static_cast<void>(out.emplace(std::in_place_type<S>, how, published, key)) : static_cast<void>(0)), ...);
  return std::move(out).value();
}
}  // namespace detail

inline any_scheduler make_scheduler(const model::scheduling& how, const slots& published, const key16& key) {
  return detail::make(static_cast<any_scheduler*>(nullptr), how, published, key);
}

}  // namespace waggle::proxy::schedule
