// What is served for operators, as services of this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace waggle::app {

enum class internal_kind : std::uint8_t { api, ping, metrics };

/// Its service, in the words of later Traefiks.
constexpr std::string_view service_of(internal_kind what) noexcept {
  switch (what) {
    case internal_kind::api: return "api@internal";
    case internal_kind::ping: return "ping@internal";
    case internal_kind::metrics: return "metrics@internal";
  }
  return {};
}

constexpr std::optional<internal_kind> kind_of_service(std::string_view name) noexcept {
  for (const internal_kind one : {internal_kind::api, internal_kind::ping, internal_kind::metrics})
    if (service_of(one) == name) return one;
  return std::nullopt;
}

}  // namespace waggle::app
