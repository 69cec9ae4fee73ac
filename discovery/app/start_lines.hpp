// The lines that Traefik 1 logs at start, which tutorials show and people look for.
#pragma once

#include <waggle/discovery/options.hpp>
#include <waggle/proxy/options.hpp>

#include <string>

namespace waggle::app {

/// Preparing server http &{Address::80 …} with readTimeout=… writeTimeout=… idleTimeout=…
std::string preparing_line(const proxy::entry_point& entry, const proxy::timeouts& times);
/// Starting provider *docker.Provider {json}
std::string docker_provider_line(const discovery::options& options);

}  // namespace waggle::app
