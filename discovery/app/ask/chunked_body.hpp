// The body of an answer that came in chunks (RFC 9112 section 7.1), as large views of the API do. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waggle::app {

/// Does the head say so? @param head  of waggle's own API, from the status line on.
bool is_chunked(std::string_view head);

/// @param body  all that came behind the head. @return none: it was cut, or is no such body.
std::optional<std::string> join_chunks(std::string_view body);

}  // namespace waggle::app
