// What the values of some fields say. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace waggle::http {

/// RFC 9110 §8.6: one or more equal decimal numbers; none if it is anything else or above 2^63-1.
bool parse_content_length(std::string_view value, std::uint64_t& out) noexcept;

/// Does a field of credentials or challenges name a scheme that authenticates the connection, not the request? What comes over
/// that connection afterwards speaks for the user, whoever sends it (RFC 4559 section 6, MS-NTHT).
bool names_connection_login(std::string_view value) noexcept;

}  // namespace waggle::http
