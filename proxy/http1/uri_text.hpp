// Text of any origin as a URI.
#pragma once

#include <string>
#include <string_view>

namespace waggle::proxy::http1 {

/// Bytes that cannot be in a URI (controls, blanks, quotes, not ASCII) percent-encoded: nothing leaves the field line.
std::string safe_location(std::string_view url);

}  // namespace waggle::proxy::http1
