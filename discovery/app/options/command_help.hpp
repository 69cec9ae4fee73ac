// "waggle explain --help" and its like: what one command does, its flags and exit codes. The flags for serving are in help.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app {

/// @param args  without the program's name. @return none: help is not asked for, or for no single command.
std::optional<std::string> asked_help(const std::vector<std::string>& args);

/// Empty: there is no such command, or it has no help of its own. At most 100 columns wide.
std::string_view command_help(std::string_view name);

}  // namespace waggle::app
