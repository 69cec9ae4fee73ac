// One "this option has this value", wherever it was said. The sources (argv, environment, TOML) produce them
// in order.
#pragma once

#include <waggle/base/result.hpp>

#include <string>
#include <vector>

namespace waggle::app {

struct option_row;

struct assignment {
  std::string key;  ///< lower case, dotted
  std::string value;
  std::string shown;        ///< how an error names it: "--docker.network", "docker.network in /etc/waggle/waggle.toml"
  bool group_only = false;  ///< a TOML table: no value of its own unless there is a section of that name
};

/// Reads a TOML file. @param warnings  what of it is ignored is added there. @return why it cannot be read or understood, with file
/// and line.
base::text_result<std::vector<assignment>> read_toml(const std::string& file, std::vector<std::string>& warnings);

}  // namespace waggle::app
