// One kind of middleware: requests that are sent elsewhere.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <string>

namespace waggle::model {

struct redirect {
  std::string entry_point, regex, replacement;
  bool permanent = false;
  bool operator==(const redirect&) const = default;
};

}  // namespace waggle::model
