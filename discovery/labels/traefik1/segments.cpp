#include "labels/traefik1/segments.hpp"

#include "labels/traefik3/layer4_parse.hpp"
#include "labels/waggle/layer4_parse.hpp"

#include <utility>

namespace waggle::discovery::traefik1 {

namespace {

constexpr std::string_view root = "traefik.", own_root = "waggle.";

bool segment_property(std::string_view p) noexcept {
  for (const std::string_view name : {"port", "portIndex", "portName", "weight", "protocol", "backend"}) {
    if (p == name) return true;
  }
  return p.starts_with("frontend.") && p.size() > 9;
}

}  // namespace

segment_key split_key(std::string_view key) {
  if (!key.starts_with("traefik.frontend.") && !key.starts_with("traefik.backend.") && key.starts_with(root)) {
    const auto rest = key.substr(root.size());
    // The shortest segment name that leaves a property; it may hold dots if need be.
    for (auto dot = rest.find('.', 1); dot != std::string_view::npos; dot = rest.find('.', dot + 1)) {
      const auto property = rest.substr(dot + 1);
      if (segment_property(property)) return {rest.substr(0, dot), std::string(root) + std::string(property)};
    }
  }
  return {{}, std::string(key)};
}

label_sets split_labels(const std::map<std::string, std::string>& labels) {
  label_sets out;
  for (const auto& [key, value] : labels) {
    if (!key.starts_with(root) && !key.starts_with(own_root)) continue;
    if (waggle_labels::is_layer4_key(key) || traefik3::is_layer4_key(key)) continue;
    auto [segment, plain] = split_key(key);
    auto& set = segment.empty() ? out.plain : out.segments[std::string(segment)];
    set[std::move(plain)] = {value, key};
  }
  for (auto& [name, set] : out.segments) set.insert(out.plain.begin(), out.plain.end());
  return out;
}

}  // namespace waggle::discovery::traefik1
