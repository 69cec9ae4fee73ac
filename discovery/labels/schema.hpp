// THE table of labels: key, type, default, help and how a value is applied. Parsing, hints for misspelt keys and the
// documentation all read it.
#pragma once

#include "labels/label_use.hpp"
#include "labels/label_values.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace waggle::discovery {

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

}  // namespace waggle::discovery
