#include "labels/label_index.hpp"

#include <waggle/base/edit_distance.hpp>

#include <algorithm>

namespace waggle::discovery {

namespace {

constexpr std::string_view free_part = "<name>";
constexpr std::size_t longest_guess = 200;  // bytes of a key that is compared with all known ones

}  // namespace

void label_index::add(std::string_view key) {
  if (key.find(free_part) == std::string_view::npos) exact_.emplace(key, keys_.size());
  else patterns_.push_back(keys_.size());
  keys_.push_back(key);
}

std::size_t label_index::find(std::string_view key, std::string_view& part) const noexcept {
  part = {};
  if (const auto it = exact_.find(key); it != exact_.end()) return it->second;
  for (const std::size_t i : patterns_) {
    const auto at = keys_[i].find(free_part);
    const auto before = keys_[i].substr(0, at), after = keys_[i].substr(at + free_part.size());
    if (key.size() <= before.size() + after.size() || !key.starts_with(before) || !key.ends_with(after)) continue;
    const auto name = key.substr(before.size(), key.size() - before.size() - after.size());
    if (name.find_first_of(". ") != std::string_view::npos) continue;
    part = name;
    return i;
  }
  return none;
}

std::string label_index::nearest(std::string_view key) const {
  if (key.size() > longest_guess) return {};
  std::size_t best = std::max<std::size_t>(2, key.size() / 4) + 1;
  std::string_view found;
  for (const std::string_view known : keys_) {
    const std::size_t d = base::edit_distance(key, known, best - 1);
    if (d < best) {
      best = d;
      found = known;
    }
  }
  return std::string(found);
}

}  // namespace waggle::discovery
