// The `$` of stack files: what docker stack deploy makes of a text before it reads it. Pure.
// Source: Compose file reference, "Interpolation".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::check {

using variables = std::map<std::string, std::string>;

struct interpolated {
  std::string text;                ///< as the Engine gets it
  std::vector<std::string> unset;  ///< variables without value and default: nothing was put in their place
  std::string required{};          ///< of ${NAME?text} without a value, in Docker's words: the whole file is refused
  /// From this `$` on it is no valid form, and the whole file is refused; empty: fine. Docker lets an invalid `$` pass if a valid
  /// variable comes behind it (the hash $2y$05$abc becomes 2y05): the last one decides.
  std::string refused;
};

interpolated interpolate(std::string_view text, const variables& known);

}  // namespace waggle::discovery::check
