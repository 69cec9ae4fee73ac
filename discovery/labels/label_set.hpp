// Labels as they were given, by the key that they stand for.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace waggle::discovery {

struct given_label {
  std::string value;
  std::string key;  ///< as the user wrote it, with the segment's name
};
/// Plain key ("traefik.frontend.rule") → what was given for it.
using label_set = std::map<std::string, given_label, std::less<>>;

}  // namespace waggle::discovery
