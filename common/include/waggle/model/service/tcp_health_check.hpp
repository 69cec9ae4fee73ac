// How servers below HTTP are found to be well: they accept a connection and, if asked, answer as expected.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace waggle::model {

/// What becomes of the open connections of a server that fails.
enum class on_server_down : std::uint8_t { keep, reset };

struct tcp_health_check {
  std::uint16_t port = 0;     ///< 0: the server's own
  std::string send;           ///< bytes; empty: nothing is sent
  std::string expect;         ///< what the answer begins with, as bytes, or a regular expression; empty: none is waited for
  bool expect_regex = false;  ///< `expect` is a pattern of RE2 to be found in the answer
  std::chrono::milliseconds interval{10'000}, timeout{2'000};
  on_server_down on_down = on_server_down::keep;
  bool operator==(const tcp_health_check&) const = default;
};

}  // namespace waggle::model
