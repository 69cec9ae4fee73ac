// What the readers of a stack file need of YAML: maps in the file's order with merge keys put in, lines, kinds. Only they include it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::check {

using members = std::vector<std::pair<std::string, YAML::Node>>;

inline unsigned line_of(const YAML::Node& node) { return static_cast<unsigned>(node.Mark().line + 1); }

inline bool is_map(const YAML::Node& node) { return node.IsDefined() && node.IsMap(); }
inline bool is_list(const YAML::Node& node) { return node.IsDefined() && node.IsSequence(); }
inline bool is_text(const YAML::Node& node) { return node.IsDefined() && node.IsScalar(); }

/// The members of a map, with YAML's merge keys ("<<: *common"), which yaml-cpp leaves to us.
members members_of(const YAML::Node& map);
/// One of them; undefined if it is not there.
YAML::Node member(const YAML::Node& map, const std::string& key);

}  // namespace waggle::discovery::check
