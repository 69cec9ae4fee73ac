// How the rows of TCP and UDP services write, and the options that both have.
#pragma once

#include "labels/put.hpp"
#include "labels/waggle/layer4_read.hpp"
#include "labels/waggle/layer4_target.hpp"

#include <cstdint>
#include <type_traits>

namespace waggle::discovery::waggle_labels {

namespace layer4_ranges {
using namespace std::chrono_literals;
inline constexpr time_range hold{0s, 60s, true, "0s to 60s"};
inline constexpr time_range slow_start{0s, 15min, true, "0s to 15m"};
inline constexpr time_range connect{10ms, 60s, false, "10ms to 60s"};
inline constexpr time_range peek{10ms, 60s, false, "10ms to 60s"};
inline constexpr time_range idle{100ms, 8760h, true, "100ms to 8760h, or 0"};
inline constexpr time_range session{100ms, 24h, false, "100ms to 24h"};
inline constexpr time_range drain{0s, 24h, true, "0s to 24h"};
inline constexpr time_range check_interval{100ms, 1h, false, "100ms to 1h"};
inline constexpr time_range check_timeout{10ms, 60s, false, "10ms to 60s"};
inline constexpr whole_range connections{0, 1'000'000'000};
inline constexpr whole_range weight{0, 65'535};
inline constexpr whole_range replies{0, 1'000'000};
inline constexpr whole_range sessions{1, 1'000'000};
}  // namespace layer4_ranges

/// Read(notes, use, slot), where the path of members leads to the slot.
template <class Target, auto Read, auto... Path>
void put_read(Target& to, const label_use& use, label_notes& notes) {
  Read(notes, use, reach<Path...>(to));
}
template <class Target, const time_range& Range, auto... Path>
void put_time(Target& to, const label_use& use, label_notes& notes) {
  read_time(notes, use, Range, reach<Path...>(to));
}
template <class Target, const whole_range& Range, auto... Path>
void put_whole(Target& to, const label_use& use, label_notes& notes) {
  auto& slot = reach<Path...>(to);
  std::uint32_t value = slot;
  read_whole(notes, use, Range, value);
  slot = static_cast<std::remove_reference_t<decltype(slot)>>(value);
}
template <class Target>
void put_scheduler(Target& to, const label_use& use, label_notes& notes) {
  read_scheduler(notes, use, to.asked.scheduler);
}
template <class Target>
void put_scheduler_flags(Target& to, const label_use& use, label_notes& notes) {
  to.asked.flags_given = true;
  read_scheduler_flags(notes, use, to.service.scheduling);
}
template <class Target>
void put_persistence(Target& to, const label_use& use, label_notes& notes) {
  read_persistence(notes, use, to.service.persistence, to.asked.persistent);
}
template <class Target, std::uint8_t Most, auto Member>
void put_netmask(Target& to, const label_use& use, label_notes& notes) {
  read_netmask(notes, use, Most, made(to.service.persistence).*Member);
}
template <class Target>
void put_offload(Target&, const label_use& use, label_notes& notes) {
  read_offload(notes, use);
}

}  // namespace waggle::discovery::waggle_labels
