// Host and port as a request names them. Pure.
#pragma once

#include <string_view>

namespace waggle::http {

/// uri-host [":" port] (RFC 9110 §7.2), port ≤ 65535, at most 255 bytes of host. No empty label but the root's at the end
/// ("a..b", ".", as in nginx): a server that folds such dots would see another host than the one that was matched.
bool valid_host(std::string_view value) noexcept;

/// The part routing compares: without port and without the dot at the end of an absolute name, which means the same host
/// (RFC 3986 §3.2.2): a rule must not be walked around with it. Case is left alone.
std::string_view host_name(std::string_view host) noexcept;

/// Two authorities that name the same host and write the same port (or none).
bool same_authority(std::string_view a, std::string_view b) noexcept;

}  // namespace waggle::http
