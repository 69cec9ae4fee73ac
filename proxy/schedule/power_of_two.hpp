// Scheduler twos: of two different servers, drawn by weight, the one with less load for its weight; the first one if they are equal.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/least_load.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstdint>

namespace waggle::proxy::schedule {

class power_of_two {
 public:
  static constexpr model::scheduler policy = model::scheduler::power_of_two;

  power_of_two(const model::scheduling&, const slots&, const key16&) noexcept {}

  int pick(const arrival& a) const noexcept {
    const int first = draw(a, -1);
    const int second = first < 0 ? -1 : draw(a, first);
    return second >= 0 && ratio(a, second) < ratio(a, first) ? second : first;
  }

 private:
  static load_ratio ratio(const arrival& a, int server) noexcept {
    const server_state& s = a.servers[static_cast<std::size_t>(server)];
    return {connection_load(s), s.shared_weight()};
  }
  /// Any but this one, by weight.
  static int draw(const arrival& a, int but) noexcept {
    std::uint64_t total = 0;
    const auto counts = [&](std::size_t i) { return static_cast<int>(i) != but && a.usable(i) ? a.servers[i].shared_weight() : 0; };
    for (std::size_t i = 0; i < a.size(); ++i) total += counts(i);
    std::uint64_t left = a.random.below(total);
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (left < counts(i)) return static_cast<int>(i);
      left -= counts(i);
    }
    return -1;
  }
};

}  // namespace waggle::proxy::schedule
