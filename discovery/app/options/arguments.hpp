// argv → assignments, in Traefik 1's grammar of flags: case does not count, "--a.b=VALUE" or "--a.b VALUE", short forms. Only
// the form of names is judged here, but for knowing which of them take a value.
#pragma once

#include "options/assignment.hpp"
#include "options/command.hpp"
#include "options/complaints.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace waggle::app {

struct arguments {
  command what = command::run;
  std::vector<assignment> out;
};

/// @param args  without the program's name
arguments read_arguments(const std::vector<std::string>& args, complaints& told);

/// What to say of a name that neither waggle nor Traefik has.
std::string unknown_option(std::string_view shown, std::string_view key);

}  // namespace waggle::app
