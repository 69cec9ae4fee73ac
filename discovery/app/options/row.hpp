// One row of the table of options (table.hpp).
#pragma once

#include "options/settings.hpp"

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string_view>

namespace waggle::app {

enum class option_kind : std::uint8_t {
  section,  ///< named alone it means true; naming a member creates it as well
  boolean,  ///< named alone it means true; a value only with "="
  value,    ///< needs a value; of several the last counts
  list,     ///< needs a value; several add up
};

struct option_row {
  std::string_view group;  ///< heading in the help text
  std::string_view name;   ///< as shown; compared without case
  char letter;             ///< short form, or 0
  option_kind kind;
  std::string_view placeholder;  ///< what stands for the value in the help text
  std::string_view fallback;     ///< the default, as it would be written; empty: none
  bool traefik;                  ///< Traefik 1 has it; otherwise waggle's own
  std::string_view help;
  base::text_result<void> (*apply)(settings&, std::string_view value);
};

}  // namespace waggle::app
