// The lines that Traefik 1 logs at start, which tutorials show and people look for.
#pragma once

#include <waggle/discovery/file_provider.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/proxy/options.hpp>

#include <string>

namespace waggle::app {

/// Preparing server http &{Address::80 …} with readTimeout=… writeTimeout=… idleTimeout=…
std::string preparing_line(const proxy::entry_point& entry, const proxy::timeouts& times);
/// Starting provider *docker.Provider {json}
std::string docker_provider_line(const discovery::options& options);
/// Starting provider *file.Provider {json}
std::string file_provider_line(const discovery::file_options& options);

}  // namespace waggle::app
