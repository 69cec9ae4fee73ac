// How long a backend's servers are waited for.
#pragma once

#include <chrono>

namespace waggle::model {

/// waggle's own: how long it waits for a server. Zero: as for every backend; unlimited: for ever.
struct server_timeouts {
  static constexpr std::chrono::milliseconds unlimited = std::chrono::milliseconds::max();
  std::chrono::milliseconds connect{0};   ///< one attempt
  std::chrono::milliseconds response{0};  ///< from the request sent to the head of the answer (504)
  std::chrono::milliseconds idle{0};      ///< between two pieces of an answer's body (cut)
  bool operator==(const server_timeouts&) const = default;
};

}  // namespace waggle::model
