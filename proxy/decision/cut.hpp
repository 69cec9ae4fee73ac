// Does the framing of an answer tell a client that it was cut, if its connection just ends? Pure.
#pragma once

#include "http1/framing.hpp"

namespace waggle::proxy {

/// @param of  as the server framed it; @param chunked_out  the client gets chunks, whatever the server sent.
constexpr bool shows_cut(const http1::framing& of, bool chunked_out) noexcept {
  return chunked_out || of.kind == http1::body_kind::length || of.kind == http1::body_kind::none;
}

}  // namespace waggle::proxy
