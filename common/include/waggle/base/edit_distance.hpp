// How far a misspelt word is from a known one. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace waggle::base {

/// Levenshtein's distance without regard to case of ASCII letters; anything above `limit` counts as limit + 1 or more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace waggle::base
