// Escapes of JSON that browsers see.
#pragma once

#include <string>

namespace waggle::app::admin {

/// JSON as Go writes it: '<', '>', '&', U+2028 and U+2029 as \uXXXX, so that it is harmless in a page.
std::string go_escape(const std::string& json);

}  // namespace waggle::app::admin
