// Which router is meant: routers of HTTP, TCP and UDP may have the same name.
#pragma once

#include <waggle/model/protocol.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace waggle::model {

/// For looking up without a copy of the name.
struct router_key_view {
  model::protocol protocol = model::protocol::http;
  std::string_view name;
  friend auto operator<=>(const router_key_view&, const router_key_view&) = default;
};

struct router_key {
  model::protocol protocol = model::protocol::http;
  std::string name;
  auto operator<=>(const router_key&) const = default;
  operator router_key_view() const noexcept { return {protocol, name}; }
};

}  // namespace waggle::model
