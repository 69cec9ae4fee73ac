// Traefik 3's rules of TCP routers → what a connection must be like. Pure.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/model/tcp.hpp>

#include <string_view>

namespace waggle::discovery::traefik3 {

/// HostSNI, HostSNIRegexp, ClientIP and ALPN in any case of letters, with &&, || and brackets; the forms of Traefik 2 with several
/// arguments, too. HostSNI(`*`) asks for nothing.
/// @return what is wrong, or what waggle cannot tell apart: a negation, an "or" between unlike things, an "and" between like ones.
base::text_result<model::tcp_match> parse_tcp_rule(std::string_view rule);

}  // namespace waggle::discovery::traefik3
