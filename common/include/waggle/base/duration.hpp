// Durations as Go writes and reads them ("1m30s"): labels hold them, log lines and answers show them.
#pragma once

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::base {

/// Go's time.ParseDuration, in nanoseconds. Errors carry Go's words: `time: invalid duration "soon"`.
text_result<std::int64_t> parse_go_duration(std::string_view text);

/// Nanoseconds as Go prints a time.Duration: "1.5s", "250ms", "1h0m5s".
std::string format_go_duration(std::int64_t nanoseconds);

}  // namespace waggle::base
