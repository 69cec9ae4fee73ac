// How servers are found to be well. Plain data as Traefik 1 names it.
#pragma once

#include <waggle/model/header_map.hpp>

#include <string>

namespace waggle::model {

struct health_check {
  std::string scheme, path;
  int port = 0;                    ///< 0: the server's own
  std::string interval, hostname;  ///< interval: Go duration text; empty or bad: the default
  header_map headers;
  bool operator==(const health_check&) const = default;
};

}  // namespace waggle::model
