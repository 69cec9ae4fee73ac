// Command line + environment + TOML file → settings. Flags win over the environment, that over the file;
// Traefik 1's grammar of flags. It does not check whether the settings make sense together (resolve.hpp
// does).
#pragma once

#include "settings.hpp"

#include <waggle/base/result.hpp>

#include <string>
#include <utility>
#include <vector>

namespace waggle::app {

/// Everything outside that parsing looks at; main fills it from the process, tests by hand.
struct option_sources {
  std::vector<std::string> args;  ///< without the program's name
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> search_dirs;  ///< where a TOML file is looked for, first match wins
};

enum class command { run, version, healthcheck, help };

struct parsed_options {
  command what = command::run;
  settings values;
  std::string toml_file;              ///< the one that was read; empty: none
  std::vector<std::string> warnings;  ///< to be logged once there is a log
};

/// @return one line that names the flag (variable, key), its value and what is expected instead.
base::explained_result<parsed_options> parse_options(const option_sources& sources);

/// The complete help text, at most 100 columns wide.
std::string help_text();

}  // namespace waggle::app
