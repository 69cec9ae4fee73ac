// Which labels belong together: the plain ones, and those of each segment laid over the plain ones.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace waggle::discovery {

struct given_label {
  std::string value;
  std::string key;  ///< as the user wrote it, with the segment's name
};
/// Plain key ("traefik.frontend.rule") → what was given for it.
using label_set = std::map<std::string, given_label, std::less<>>;

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

/// Only keys that begin with "traefik." or "waggle." take part; the latter are for the whole service.
label_sets split_labels(const std::map<std::string, std::string>& labels);

}  // namespace waggle::discovery
