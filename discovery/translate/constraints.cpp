#include "translate/constraints.hpp"

#include <algorithm>

namespace waggle::discovery {

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string failed_constraint(const std::vector<std::string>& constraints, const std::vector<std::string>& tags) {
  for (const auto& c : constraints) {
    const bool wanted = c.find("==") != std::string::npos;
    const auto at = c.find(wanted ? "==" : "!=");
    if (at == std::string::npos) continue;  // refused by the app at start
    const std::string_view glob = std::string_view(c).substr(at + 2);
    const bool any = std::any_of(tags.begin(), tags.end(), [glob](const std::string& t) { return glob_match(glob, t); });
    if (any != wanted) return c;
  }
  return {};
}

}  // namespace waggle::discovery
