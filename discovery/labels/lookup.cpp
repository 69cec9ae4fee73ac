// Finding a label's row by its key, and the nearest known key for one that is not known.
#include "labels/edit_distance.hpp"
#include "labels/schema.hpp"

#include <waggle/discovery/label_list.hpp>

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

namespace {

constexpr std::string_view free_part = "<name>";

struct lookup {
  std::unordered_map<std::string_view, const label_row*> exact;
  std::vector<const label_row*> patterns;
  lookup() {
    for (const auto& row : label_schema()) {
      if (row.key.find(free_part) == std::string_view::npos) exact.emplace(row.key, &row);
      else patterns.push_back(&row);
    }
  }
};

const lookup& table() {
  static const lookup built;
  return built;
}

}  // namespace

const label_row* find_label(std::string_view key, std::string_view& part) noexcept {
  part = {};
  const auto& t = table();
  if (const auto it = t.exact.find(key); it != t.exact.end()) return it->second;
  for (const auto* row : t.patterns) {
    const auto at = row->key.find(free_part);
    const auto before = row->key.substr(0, at), after = row->key.substr(at + free_part.size());
    if (key.size() <= before.size() + after.size() || key.substr(0, before.size()) != before ||
        key.substr(key.size() - after.size()) != after) {
      continue;
    }
    const auto name = key.substr(before.size(), key.size() - before.size() - after.size());
    if (name.find_first_of(". ") != std::string_view::npos) continue;
    part = name;
    return row;
  }
  return nullptr;
}

std::vector<label_info> known_labels() {
  std::vector<label_info> out;
  for (const auto& row : label_schema()) {
    out.push_back({row.key, row.type, row.fallback, row.help, row.place == label_place::segment});
  }
  return out;
}

std::string nearest_label(std::string_view key) {
  if (key.size() > 200) return {};
  std::size_t best = std::max<std::size_t>(2, key.size() / 4) + 1;
  std::string_view found;
  for (const auto& row : label_schema()) {
    const std::size_t d = edit_distance(key, row.key, best - 1);
    if (d < best) {
      best = d;
      found = row.key;
    }
  }
  return std::string(found);
}

}  // namespace waggle::discovery
