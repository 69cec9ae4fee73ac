// What waggle answers itself, as a service that routers lead to.
#pragma once

#include <cstdint>

namespace waggle::model {

enum class internal_target : std::uint8_t { api, ping, metrics };

/// api@internal, ping@internal, metrics@internal.
struct internal_service {
  internal_target target = internal_target::api;
  bool operator==(const internal_service&) const = default;
};

}  // namespace waggle::model
