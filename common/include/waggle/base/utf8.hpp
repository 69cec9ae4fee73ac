// UTF-8 (RFC 3629): where bytes of strangers end up in JSON, a log or metrics they must be characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::base {

/// Length in bytes of the UTF-8 character that `s` begins with (RFC 3629: shortest form, no surrogates); 0: it is none.
std::size_t utf8_length(std::string_view s) noexcept;

/// @param code_point  at most U+10FFFF, and no surrogate.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace waggle::base
