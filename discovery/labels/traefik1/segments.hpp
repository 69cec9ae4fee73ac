// Which labels belong together: the plain ones, and those of each segment laid over the plain ones.
#pragma once

#include "labels/label_set.hpp"

#include <map>
#include <string>
#include <string_view>

namespace waggle::discovery::traefik1 {

struct label_sets {
  label_set plain;
  std::map<std::string, label_set> segments;  ///< merged: a segment's own labels over the plain ones
};

/// The segment that a key belongs to and its plain form, or an empty segment for a plain key.
struct segment_key {
  std::string_view segment;
  std::string plain;
};
segment_key split_key(std::string_view key);

/// Only keys that begin with "traefik." or "waggle." take part, and are not those of TCP or UDP services; waggle's are for the whole
/// service.
label_sets split_labels(const std::map<std::string, std::string>& labels);

}  // namespace waggle::discovery::traefik1
