// Time as waggle reads it. Everything that decides takes `now` as an argument; only wiring and loops call these.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace waggle::base {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using mono_clock = std::chrono::steady_clock;
using mono_time = mono_clock::time_point;

/// The monotonic clock: deadlines, intervals, ages. Thread: any.
mono_time now() noexcept;

/// Wall time since 1970-01-01T00:00Z, for logs and figures only. Thread: any.
std::int64_t wall_nanoseconds() noexcept;

/// Wall time as RFC 3339 in UTC with seconds ("2026-11-21T20:42:00Z"): logs only. Thread: any.
std::string wall_rfc3339();

}  // namespace waggle::base
