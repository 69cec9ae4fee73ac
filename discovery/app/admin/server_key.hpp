// What tells the servers of all backends apart, and where one runs.
#pragma once

#include <waggle/model/service/server.hpp>

#include <cstddef>
#include <functional>
#include <string_view>

namespace waggle::app::admin {

/// Views.
struct server_key {
  std::string_view backend, url;
  bool operator==(const server_key&) const = default;
};
struct server_hash {
  std::size_t operator()(const server_key& k) const noexcept {
    return std::hash<std::string_view>()(k.backend) * 31 + std::hash<std::string_view>()(k.url);
  }
};

/// A node's name, or its id while the name is not known.
inline std::string_view node_of(const model::origin& o) noexcept { return o.node_name.empty() ? o.node_id.view() : o.node_name.view(); }

}  // namespace waggle::app::admin
