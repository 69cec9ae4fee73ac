#include "labels/waggle/layer4_parse.hpp"

#include "labels/waggle/layer4_complete.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace waggle::discovery::waggle_labels {

namespace {

constexpr std::string_view root = "waggle.", tcp_part = "tcp.", udp_part = "udp.";
constexpr std::size_t most_segments = 100;  // each of them holds the plain labels as well

using segments = std::map<std::string, label_set, std::less<>>;  // the plain ones: ""

bool begins_option(std::string_view rest) noexcept { return rest.starts_with(tcp_part) || rest.starts_with(udp_part); }

std::string misspelt(const std::string& key, std::string_view near) {
  if (near.empty()) return "remove it, or see docs/labels.md";
  return "did you mean " + std::string(near) + (key.find(near) == std::string::npos ? "?" : ", in small and capital letters as there?");
}

template <class Target>
void read_all(const label_schema<Target>& schema, segments sets, std::vector<layer4_segment<Target>>& out, std::vector<model::diagnostic>& told) {
  label_set plain;
  if (const auto it = sets.find(""); it != sets.end()) {
    if (sets.size() > 1) {
      plain = std::move(it->second);
      sets.erase(it);
    }
  }
  if (sets.size() > most_segments) {
    told.push_back({model::severity::error, "too-many-segments", sets.begin()->second.begin()->second.key, "",
                    std::to_string(sets.size()) + " segments, more than " + std::to_string(most_segments), "make several services of it"});
    return;
  }
  for (auto& [name, labels] : sets) {
    auto& made = out.emplace_back();
    made.name = name;
    made.labels = std::move(labels);
    made.labels.insert(plain.begin(), plain.end());
    for (const auto& [key, given] : made.labels) schema.apply(made.target, key, given.key, given.value);
    complete(made.target, made.labels);
  }
}

}  // namespace

layer4_key split_layer4_key(std::string_view key) {
  if (!key.starts_with(root)) return {};
  const auto rest = key.substr(root.size());
  if (begins_option(rest)) return {{}, std::string(key)};
  // The shortest segment name that leaves an option; it may hold dots if need be.
  for (auto dot = rest.find('.', 1); dot != std::string_view::npos; dot = rest.find('.', dot + 1)) {
    const auto name = rest.substr(0, dot), option = rest.substr(dot + 1);
    if (name == "backend" || name.starts_with("backend.")) return {};
    if (begins_option(option)) return {name, std::string(root) + std::string(option)};
  }
  return {};
}

bool is_layer4_key(std::string_view key) noexcept {
  if (!key.starts_with(root)) return false;
  const auto rest = key.substr(root.size());
  return begins_option(rest) ||
         (!rest.starts_with("backend.") && (rest.find(".tcp.") != std::string_view::npos || rest.find(".udp.") != std::string_view::npos));
}

const label_schema<tcp_target>& tcp_schema() {
  static const label_schema<tcp_target> built{tcp_rows()};
  return built;
}
const label_schema<udp_target>& udp_schema() {
  static const label_schema<udp_target> built{udp_rows()};
  return built;
}

layer4_labels parse_layer4(const std::map<std::string, std::string>& labels) {
  layer4_labels out;
  segments tcp, udp;
  for (auto it = labels.lower_bound(std::string(root)); it != labels.end() && it->first.starts_with(root); ++it) {
    const auto& [key, value] = *it;
    if (!is_layer4_key(key)) continue;
    const auto [segment, plain] = split_layer4_key(key);
    const bool is_tcp = std::string_view(plain).substr(root.size()).starts_with(tcp_part);
    std::string_view ignored;
    const bool known = !plain.empty() && (is_tcp ? tcp_schema().find(plain, ignored) != nullptr : udp_schema().find(plain, ignored) != nullptr);
    if (!known) {
      out.diagnostics.push_back(about_label(model::severity::warning, "unknown-label", {key, key, value, {}}, "is not a known label",
                                            misspelt(key, is_tcp ? tcp_schema().nearest(plain) : udp_schema().nearest(plain))));
      continue;
    }
    (is_tcp ? tcp : udp)[std::string(segment)][plain] = {value, key};
  }
  read_all(tcp_schema(), std::move(tcp), out.tcp, out.diagnostics);
  read_all(udp_schema(), std::move(udp), out.udp, out.diagnostics);
  return out;
}

}  // namespace waggle::discovery::waggle_labels
