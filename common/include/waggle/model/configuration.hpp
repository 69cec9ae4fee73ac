// The border type between discovery and proxy: what should be routed where. Plain values; knows neither Docker nor sockets. Names
// are those of Traefik 2 and 3; Traefik 1's frontends and backends translate into it and are shown from it (traefik1/).
#pragma once

#include <waggle/model/middleware.hpp>
#include <waggle/model/parts.hpp>
#include <waggle/model/router.hpp>
#include <waggle/model/service.hpp>
#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::model {

// All lists are sorted by name (byte order).

struct http_configuration {
  parts<router> routers;
  parts<service> services;
  parts<middleware> middlewares;  ///< one that no router names is not built
  bool operator==(const http_configuration&) const = default;
};

struct tcp_configuration {
  parts<tcp_router> routers;
  parts<tcp_service> services;
  bool operator==(const tcp_configuration&) const = default;
};

struct udp_configuration {
  parts<udp_router> routers;
  parts<udp_service> services;
  bool operator==(const udp_configuration&) const = default;
};

/// One provider's whole configuration. An empty one is a fact ("no routes"), not an error.
struct configuration {
  http_configuration http;
  tcp_configuration tcp;
  udp_configuration udp;
  bool operator==(const configuration&) const = default;
};

/// What the proxy is asked to serve: each provider's newest configuration.
struct provider_configuration {
  std::string provider;  ///< "docker", "file"
  std::shared_ptr<const configuration> config;
};

/// The place of the element of that name in a sorted list; its size: there is none. Cost: O(log n).
template <class Part>
std::size_t place_of(const parts<Part>& sorted, std::string_view name) noexcept {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), name, [](const Part& one, std::string_view n) { return one.name < n; });
  return at != sorted.end() && at->name == name ? static_cast<std::size_t>(at - sorted.begin()) : sorted.size();
}
/// That element; null: there is none.
template <class Part>
const Part* find_named(const parts<Part>& sorted, std::string_view name) noexcept {
  const std::size_t at = place_of(sorted, name);
  return at == sorted.size() ? nullptr : &sorted[at];
}

}  // namespace waggle::model
