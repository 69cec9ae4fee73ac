// What is wrong with a configuration file, and where. Plain values.
#pragma once

#include <boost/assert/source_location.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace waggle::discovery::file {

/// Both count from one; zero: not known.
struct position {
  unsigned line = 0, column = 0;
  auto operator<=>(const position&) const = default;
};

struct finding {
  position at;
  std::string key;   ///< "backends.web.servers.a.url"; empty: the text as a whole
  std::string text;  ///< what is wrong and what to write instead
  bool operator==(const finding&) const = default;
};

struct findings {
  std::vector<finding> errors, warnings;
};

// Lets boost::system::result carry `finding`: value() on a failed result is a bug of ours.
[[noreturn]] inline void throw_exception_from_error(const finding& f, const boost::source_location&) {
  throw std::logic_error("value() of a failed result: " + f.text);
}

}  // namespace waggle::discovery::file
