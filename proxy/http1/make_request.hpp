// A head that was read and found lawful → the request as a value. The head's bytes are copied once, into the request's arena;
// from then on nothing refers to the buffer that it was read into. Pure but for the arena.
#pragma once

#include "http1/framing.hpp"
#include "http1/target.hpp"

#include <waggle/http/message.hpp>

#include <cstddef>
#include <string_view>

namespace waggle::proxy::http1 {

/// What make_request takes of an arena.
std::size_t request_size(const request_head& head, const target& where, std::string_view bytes) noexcept;

/// @param bytes  of the whole head: `head` and `facts` view into it, `where` into it or elsewhere.
void make_request(const request_head& head, const request_facts& facts, const target& where, std::string_view bytes, http::arena& memory,
                  http::request& out);

}  // namespace waggle::proxy::http1
