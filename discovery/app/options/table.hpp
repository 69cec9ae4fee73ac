// THE table of options: one row serves the flag, the environment variable, the TOML key and the help text.
#pragma once

#include "options/row.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace waggle::app {

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

enum class unserved_kind : std::uint8_t {
  refused,  ///< ends the start: traffic would not be served as the flag asks
  idle,     ///< changes nothing that is served: a warning
  store,    ///< where Traefik's replicas keep certificates in common: a warning, the same for all
};

/// Options of Traefik 1 that waggle does not serve.
struct unserved_row {
  std::string_view name;  ///< itself and everything below it
  std::string_view advice;
  unserved_kind kind = unserved_kind::refused;
};

/// @param name  lower case. nullptr: Traefik 1 has none of that name either.
const unserved_row* find_unserved(std::string_view name);

/// What is said of flags for a store, and of Traefik's command storeconfig. @param named  "--consul, --consul.endpoint"
std::string store_sentence(const std::string& named);

/// The known option nearest to what was typed; empty: none is near.
std::string_view nearest_option(std::string_view name);

}  // namespace waggle::app
