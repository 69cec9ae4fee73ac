// THE table of labels: key, type, default, help and how a value is applied. Parsing, hints for misspelt keys and the
// documentation all read it.
#pragma once

#include "labels/label_values.hpp"

#include <span>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// One label of one service, as it is being read.
struct label_use {
  std::string_view key;    ///< as Traefik names it in complaints: segment name cut out
  std::string_view given;  ///< as the user wrote it
  std::string_view value;
  std::string_view part;   ///< what stands for <name> in the row's key
  label_group group;
};

enum class label_place : std::uint8_t { service, segment };

struct label_row {
  std::string_view key;       ///< "<name>" stands for a part without dots or blanks
  std::string_view type;      ///< "bool", "int", "list", …: for people
  std::string_view fallback;  ///< default: for people
  label_group group;
  label_place place;          ///< segment: also as traefik.<segment>.…
  std::string_view help;
  void (*apply)(label_values&, const label_use&);
};

std::span<const label_row> label_schema() noexcept;

/// The row of a plain key, or nullptr. @param part  receives what stands for <name>.
const label_row* find_label(std::string_view key, std::string_view& part) noexcept;

/// The known key most like `key`, or empty if none is near.
std::string nearest_label(std::string_view key);

inline constexpr std::size_t most_shown = 200, most_said = 500;  ///< bytes of a value, of an explanation
/// Text from a label as people may see it: shortened, control characters and bytes that are no UTF-8 escaped.
std::string shown(std::string_view text, std::size_t most);

/// A diagnostic about one label, its value shortened and escaped.
model::diagnostic about_label(model::severity level, std::string code, const label_use& use, std::string text,
                              std::string fix);

}  // namespace waggle::discovery
