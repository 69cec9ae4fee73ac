// How Traefik 1 names things: backends, frontends, servers, default hosts (sections 4.2 and 4.3 of its behaviour). Pure.
#pragma once

#include "swarm/types.hpp"

#include <string>
#include <string_view>

namespace waggle::discovery {

/// Runs of anything but letters and numbers (Unicode L and N) become one "-"; none at the ends.
std::string normalised(std::string_view text);
/// One leading "/" dropped, then "/" and "_" become "-".
std::string as_subdomain(std::string_view text);
std::string md5_hex(std::string_view text);
/// net.JoinHostPort: an address with colons is put in brackets.
std::string join_host_port(std::string_view host, std::string_view port);
/// "the service web", "the container web".
std::string said_name(const service& s);
/// "server-web-1-<md5 of url>".
std::string server_name(std::string_view item, std::string_view url);

}  // namespace waggle::discovery
