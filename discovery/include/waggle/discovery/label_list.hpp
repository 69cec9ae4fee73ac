// The labels waggle knows, for documentation and help.
#pragma once

#include <string_view>
#include <vector>

namespace waggle::discovery {

struct label_info {
  std::string_view key;       ///< "<name>" stands for a part that users choose
  std::string_view type;      ///< "bool", "int", "string", "list", "map", "duration"
  std::string_view fallback;  ///< default, in words
  std::string_view help;      ///< one sentence
  bool per_segment = false;   ///< also as traefik.<segment>.…
};

/// In the order of the documentation. Thread: any.
std::vector<label_info> known_labels();

}  // namespace waggle::discovery
