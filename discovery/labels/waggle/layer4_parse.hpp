// waggle.tcp.* and waggle.udp.* of one Swarm service → what they ask for, by segment. Pure.
#pragma once

#include "labels/label_set.hpp"
#include "labels/waggle/layer4_target.hpp"

#include <waggle/model/verdict.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::waggle_labels {

/// One segment, or the plain labels.
template <class Target>
struct layer4_segment {
  std::string name;  ///< empty: the plain labels
  label_set labels;  ///< by plain key ("waggle.tcp.port"); a segment's own over the plain ones
  Target target;     ///< complete
};

struct layer4_labels {
  std::vector<layer4_segment<tcp_target>> tcp;  ///< by name; the plain ones only where there is no segment
  std::vector<layer4_segment<udp_target>> udp;
  std::vector<model::diagnostic> diagnostics;  ///< keys that nobody reads
  bool empty() const noexcept { return tcp.empty() && udp.empty(); }
};

layer4_labels parse_layer4(const std::map<std::string, std::string>& labels);

/// Is this key for the reader above (known or not)?
bool is_layer4_key(std::string_view key) noexcept;

/// "waggle.pg.tcp.port" → "pg", "waggle.tcp.port"; no segment in a plain key; empty: it is no such key.
struct layer4_key {
  std::string_view segment;
  std::string plain;
};
layer4_key split_layer4_key(std::string_view key);

const label_schema<tcp_target>& tcp_schema();
const label_schema<udp_target>& udp_schema();

}  // namespace waggle::discovery::waggle_labels
