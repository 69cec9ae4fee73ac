// How answers are passed on. Plain data as Traefik 1 names it.
#pragma once

#include <string>

namespace waggle::model {

struct response_forwarding {
  std::string flush_interval;  ///< Go duration text or integer seconds
  bool operator==(const response_forwarding&) const = default;
};

}  // namespace waggle::model
