// Finding a label's row by its key, and the nearest known key for one that is not known.
#include "labels/schema.hpp"

#include <waggle/discovery/label_list.hpp>

#include <algorithm>
#include <cctype>
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

char lower(char c) noexcept { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Edit distance (Levenshtein) without regard to case; gives up above `limit`.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
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
    const std::size_t d = distance(key, row.key, best - 1);
    if (d < best) {
      best = d;
      found = row.key;
    }
  }
  return std::string(found);
}

}  // namespace waggle::discovery
