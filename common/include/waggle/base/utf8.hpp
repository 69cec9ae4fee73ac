// Where bytes of strangers end up in JSON or metrics they must be UTF-8: how long is the character at the front?
#pragma once

#include <cstddef>
#include <string_view>

namespace waggle::base {

/// Length in bytes of the UTF-8 character that `s` begins with (RFC 3629: shortest form, no surrogates); 0: it is none.
std::size_t utf8_length(std::string_view s) noexcept;

}  // namespace waggle::base
