// THE table of options: one row serves the flag, the environment variable, the TOML key and the help text.
#pragma once

#include "settings.hpp"

#include <waggle/base/result.hpp>

#include <span>
#include <string>
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
  base::explained_result<void> (*apply)(settings&, std::string_view value);
};

/// Another spelling of a row.
struct option_alias {
  std::string_view name, means;
  bool deprecated;
};

std::span<const option_row> option_table();
std::span<const option_alias> option_aliases();

/// Both take a lower-case name. nullptr: none.
const option_row* find_option(std::string_view name);
const option_alias* find_alias(std::string_view name);
const option_row* find_letter(char letter);

/// docker.pollinterval → WAGGLE_DOCKER_POLLINTERVAL.
std::string environment_name(std::string_view option);

/// What to do about an option of Traefik 1 that waggle does not serve; empty: Traefik 1 has none of that name
/// either.
/// @param name  lower case
std::string_view unserved_advice(std::string_view name);

/// The known option nearest to what was typed; empty: none is near.
std::string_view nearest_option(std::string_view name);

}  // namespace waggle::app
