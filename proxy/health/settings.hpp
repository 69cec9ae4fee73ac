// backend.healthcheck.*: what one server is asked and how often. Pure.
#pragma once

#include "io/address.hpp"

#include <waggle/base/result.hpp>
#include <waggle/model/service/health_check.hpp>
#include <waggle/model/service/server.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace waggle::proxy::health {

using std::chrono::milliseconds;

inline constexpr milliseconds default_timeout{5'000};

/// The interval that a label asks for; `otherwise` if it says nothing, or nothing usable.
milliseconds interval_of(const model::health_check& check, milliseconds otherwise);

/// The error line for an interval that is not used; empty if it is.
std::string interval_complaint(const model::health_check& check, const std::string& backend);

/// One server's check, ready to be sent.
struct probe {
  io::socket_address to;
  std::string host;    ///< Host field
  std::string target;  ///< request target
  std::string fields;  ///< further lines, CRLF each
  milliseconds interval{30'000};
  bool operator==(const probe& o) const noexcept {
    return to.text() == o.to.text() && host == o.host && target == o.target && fields == o.fields && interval == o.interval;
  }
};

/// @return why it cannot be asked (then it stays as it is: up).
base::text_result<probe> probe_of(const model::health_check& check, const model::server& server, milliseconds interval);

/// A path as Go's URL.ResolveReference joins it to a server URL without path: "h" and "/h" are "/h". Nothing in it can end a
/// request line.
std::string probe_target(std::string_view path);

}  // namespace waggle::proxy::health
