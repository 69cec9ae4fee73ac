// Which answers may be gzipped, and for whom (RFC 9110 section 12.5.3, Traefik 1.7 section 8.7). Pure.
#pragma once

#include <waggle/http/field.hpp>

#include <cstddef>
#include <string_view>

namespace waggle::http {

/// Bodies below this are not worth it.
inline constexpr std::size_t least_compressed = 512;

/// Accept-Encoding names gzip with a weight above 0. "*" does not count (as in Traefik).
bool accepts_gzip(field_span request) noexcept;

/// gRPC frames must come out as they went in.
bool is_grpc(field_span request) noexcept;

/// An answer whose body may be sent gzipped, if it is worth it (least_compressed).
bool may_compress(unsigned status, field_span answer) noexcept;

/// The answer to HEAD, or a 304: does it describe a representation that GET would get gzipped? Then the length and the strong
/// validator of the other one must not be told (RFC 9110 sections 8.6 and 15.4.5). @param identity  see asks_for_identity
bool describes_compressed(unsigned status, field_span answer, bool identity) noexcept;

/// If-None-Match names strong validators only: the client holds a copy as the server sent it.
bool asks_for_identity(field_span request) noexcept;

/// Fields about the bytes of a representation that are not true of its gzipped form.
bool is_of_identity(std::string_view name) noexcept;

/// Its Vary fields name Accept-Encoding already.
bool varies_by_encoding(field_span answer) noexcept;

}  // namespace waggle::http
