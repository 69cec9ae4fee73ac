// Does the framing of an answer tell a client that it was cut, if its connection just ends? Pure.
#pragma once

#include <waggle/http/message.hpp>

namespace waggle::proxy {

/// @param body  as the server sends it; @param chunked_out  the client gets chunks, whatever the server sent.
constexpr bool shows_cut(http::body_kind body, bool chunked_out) noexcept { return chunked_out || body != http::body_kind::streamed; }

}  // namespace waggle::proxy
