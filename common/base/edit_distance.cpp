#include <waggle/base/edit_distance.hpp>

#include <algorithm>
#include <cctype>
#include <vector>

namespace waggle::base {

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
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

}  // namespace waggle::base
