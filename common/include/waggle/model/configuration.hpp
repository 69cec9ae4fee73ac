// The border type between discovery and proxy: what should be routed where. Plain values; knows neither Docker nor
// sockets. Names follow Traefik 1 (frontend, backend, server), because operators see them in the API and the log.
#pragma once

#include <waggle/model/backend.hpp>
#include <waggle/model/frontend.hpp>
#include <waggle/model/parts.hpp>

#include <memory>
#include <string>

namespace waggle::model {

/// One provider's whole configuration. An empty one is a fact ("no routes"), not an error.
struct configuration {
  parts<backend> backends;    ///< sorted by name (byte order)
  parts<frontend> frontends;  ///< sorted by name (byte order)
  bool operator==(const configuration&) const = default;
};

/// What the proxy is asked to serve: each provider's newest configuration.
struct provider_configuration {
  std::string provider;  ///< "docker", "file"
  std::shared_ptr<const configuration> config;
};

}  // namespace waggle::model
