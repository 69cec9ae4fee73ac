// A piece of a body framed as HTTP/1 sends one whose length is not known: in place, around the piece (RFC 9112 section 7.1).
#pragma once

#include "http1/chunked.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace waggle::proxy {

/// What follows the piece.
enum class chunk_end : std::uint8_t {
  none,     ///< more of the body
  whole,    ///< the last chunk and the end of the message
  trailers  ///< the last chunk; trailer lines come, and an empty one
};

/// @param data  with http1::chunk_header_room bytes in front and 7 behind `size`. @return what is to be sent; may be empty.
inline std::string_view frame_chunk(char* data, std::size_t size, chunk_end then) noexcept {
  char* end = data + size;
  if (size > 0) {
    data = http1::write_chunk_header_before(data, size);
    std::memcpy(end, "\r\n", 2);
    end += 2;
  }
  if (then != chunk_end::none) {
    std::memcpy(end, "0\r\n\r\n", 5);
    end += then == chunk_end::whole ? 5 : 3;
  }
  return {data, static_cast<std::size_t>(end - data)};
}

}  // namespace waggle::proxy
