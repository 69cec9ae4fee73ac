// One label as it is being read, and what is told of it.
#pragma once

#include <waggle/model/verdict.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// One label of one service, as it is being read.
struct label_use {
  std::string_view key;    ///< as Traefik names it in complaints: segment name cut out
  std::string_view given;  ///< as the user wrote it
  std::string_view value;
  std::string_view part;  ///< what stands for <name> in the row's key
};

inline constexpr std::size_t most_shown = 200, most_said = 500;  ///< bytes of a value, of an explanation
/// Text from a label as people may see it: shortened, control characters and bytes that are no UTF-8 escaped.
std::string shown(std::string_view text, std::size_t most);

/// A diagnostic about one label, its value shortened and escaped.
model::diagnostic about_label(model::severity level, std::string code, const label_use& use, std::string text, std::string fix);

}  // namespace waggle::discovery
