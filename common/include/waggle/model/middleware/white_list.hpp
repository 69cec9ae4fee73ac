// One kind of middleware: from where one may come in.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <string>
#include <vector>

namespace waggle::model {

struct white_list {
  std::vector<std::string> source_range;
  bool use_x_forwarded_for = false;
  bool operator==(const white_list&) const = default;
};

}  // namespace waggle::model
