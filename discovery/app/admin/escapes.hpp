// Escapes of URLs, and of JSON that browsers see.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace waggle::app::admin {

/// @param plus  '+' stands for a blank (queries). None: not percent-encoding.
std::optional<std::string> percent_decode(std::string_view text, bool plus = false);

/// JSON as Go writes it: '<', '>', '&', U+2028 and U+2029 as \uXXXX, so that it is harmless in a page.
std::string go_escape(const std::string& json);

}  // namespace waggle::app::admin
