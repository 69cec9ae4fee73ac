// A command that is one text in a stack file → the arguments that docker stack deploy makes of it. Pure.
// Source: github.com/google/shlex, which Docker's compose loader uses for `command:`; tried with docker stack config 28.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::check {

struct shell_words {
  std::vector<std::string> words;
  std::string refused;  ///< in Docker's words, if it refuses the text; empty: it takes it
};

shell_words split_shell(std::string_view text);

}  // namespace waggle::discovery::check
