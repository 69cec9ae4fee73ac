// One kind of middleware: a page in the place of an error.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <string>
#include <vector>

namespace waggle::model {

struct error_page {
  std::vector<std::string> status;  ///< "404" or "500-599"
  std::string backend;              ///< the service's name; in Traefik 1 with its "backend-" prefix
  std::string query;
  std::string name{};  ///< what complaints call it; empty: nobody has given it one
  bool operator==(const error_page&) const = default;
};

}  // namespace waggle::model
