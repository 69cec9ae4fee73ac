// "waggle explain" and "waggle status": the local API's answer as text. They decide nothing, so that shell and API agree.
#pragma once

#include <string>
#include <vector>

namespace waggle::app {

/// Is it one of these commands? @param args  without the program's name.
bool asks_the_api(const std::vector<std::string>& args);

/// @return the exit code: 0 answered, 1 no answer or nothing of that name, 2 wrong usage.
int ask_command(const std::vector<std::string>& args);

}  // namespace waggle::app
