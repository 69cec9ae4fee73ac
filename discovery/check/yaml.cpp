#include "check/yaml.hpp"

namespace waggle::discovery::check {

namespace {

constexpr int deepest_merge = 8;

void put(members& to, const std::string& key, const YAML::Node& value) {
  for (auto& [known, old] : to)
    if (known == key) {
      old.reset(value);
      return;
    }
  to.emplace_back(key, value);
}

members merged(const YAML::Node& map, int depth) {
  members out;
  if (!is_map(map) || depth > deepest_merge) return out;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != "<<") continue;
    if (is_list(entry.second)) {
      for (const auto& one : entry.second)
        for (auto& [key, value] : merged(one, depth + 1)) put(out, key, value);
    } else {
      for (auto& [key, value] : merged(entry.second, depth + 1)) put(out, key, value);
    }
  }
  for (const auto& entry : map)
    if (entry.first.IsScalar() && entry.first.Scalar() != "<<") put(out, entry.first.Scalar(), entry.second);
  return out;
}

}  // namespace

members members_of(const YAML::Node& map) { return merged(map, 0); }

YAML::Node member(const YAML::Node& map, const std::string& key) {
  for (auto& [name, value] : members_of(map))
    if (name == key) return value;
  return YAML::Node(YAML::NodeType::Undefined);
}

}  // namespace waggle::discovery::check
