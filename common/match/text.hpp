// Splitting and trimming as Go's strings package does it, since rules were written for that. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace waggle::match {

/// Pieces between separators, empty ones dropped (strings.FieldsFunc).
inline std::vector<std::string_view> split_nonempty(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    if (at != 0) out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return out;
}

/// Length of the white space character at the start of `s` (Unicode White_Space in UTF-8), 0 if none.
constexpr std::size_t space_at_front(std::string_view s) noexcept {
  if (s.empty()) return 0;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  if ((at(0) >= 9 && at(0) <= 13) || at(0) == ' ') return 1;
  if (s.size() >= 2 && at(0) == 0xC2 && (at(1) == 0x85 || at(1) == 0xA0)) return 2;
  if (s.size() < 3) return 0;
  const unsigned code = at(0) << 16u | at(1) << 8u | at(2);
  const bool space = code == 0xE19A80 || (code >= 0xE28080 && code <= 0xE2808A) || code == 0xE280A8 || code == 0xE280A9 || code == 0xE280AF ||
                     code == 0xE2819F || code == 0xE38080;
  return space ? 3 : 0;
}

/// Without Unicode white space at either end (strings.TrimSpace).
constexpr std::string_view trim_space(std::string_view s) noexcept {
  while (const std::size_t n = space_at_front(s)) s.remove_prefix(n);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t n = 1; n <= 3 && n <= s.size(); ++n) {
      if (space_at_front(s.substr(s.size() - n)) == n) {
        s.remove_suffix(n);
        again = true;
        break;
      }
    }
  }
  return s;
}

}  // namespace waggle::match
