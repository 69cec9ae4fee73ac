// The byte classes of waggle/http/chars.hpp, by their names.
#pragma once

#include <waggle/http/chars.hpp>

namespace waggle::proxy::http1 {

using enum http::char_class;
using http::hex_value;
using http::is;

}  // namespace waggle::proxy::http1
