// Command line + environment + TOML file → settings. Flags win over the environment, that over the file;
// Traefik 1's grammar of flags. It does not check whether the settings make sense together (resolve.hpp
// does).
#pragma once

#include "options/command.hpp"
#include "options/settings.hpp"

#include <waggle/base/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app {

/// The file system of a container that does not run yet: a stack file says which of our files will be where.
struct container_files {
  std::map<std::string, std::string> mounts;  ///< path there → file or folder here; empty: not known
  std::string folder;                         ///< where relative ones begin

  /// The file here, if that is known and can be read; none: it cannot be looked into.
  std::optional<std::string> find(const std::string& path) const;
};

/// Everything outside that parsing looks at; main fills it from the process, tests by hand.
struct option_sources {
  std::vector<std::string> args;  ///< without the program's name
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> search_dirs;        ///< where a TOML file is looked for, first match wins
  bool elsewhere = false;                      ///< "check": the configuration file that flags name is where waggle will run, and may be missing here
  std::optional<container_files> container{};  ///< "check" with the flags of a service in a stack file
};

struct parsed_options {
  command what = command::run;
  settings values;
  std::string toml_file;              ///< the one that was read; empty: none
  std::string toml_unread;            ///< one that is there and cannot be looked into (option_sources::container)
  std::vector<std::string> warnings;  ///< to be logged once there is a log
};

/// @return what is refused, each with the flag (variable, key), its value and what is expected instead: one line, or several of
/// them below each other (complaints.hpp).
base::text_result<parsed_options> parse_options(const option_sources& sources);

/// The complete help text, at most 100 columns wide.
std::string help_text();

}  // namespace waggle::app
