#include "labels/label_use.hpp"

#include "labels/go_value.hpp"
#include "labels/users.hpp"

#include <waggle/base/log.hpp>

#include <algorithm>
#include <utility>

namespace waggle::discovery {

std::string shown(std::string_view text, std::size_t most) {
  auto part = text.substr(0, most);
  if (part.size() < text.size()) {  // not through a character
    while (!part.empty() && (static_cast<unsigned char>(text[part.size()]) & 0xc0) == 0x80) part.remove_suffix(1);
  }
  const bool control = std::any_of(part.begin(), part.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  std::string out(part);
  if (control || !clean_utf8(part)) {
    out = base::go_quote(part);
    out = out.substr(1, out.size() - 2);
  }
  return part.size() < text.size() ? out + "…" : out;
}

model::diagnostic about_label(model::severity level, std::string code, const label_use& use, std::string text, std::string fix) {
  const bool secret = users::may_hold_users(use.given);
  return {level,
          std::move(code),
          shown(use.given, most_shown),
          secret ? std::string() : shown(use.value, most_shown),
          shown(text, most_said),
          shown(fix, most_said)};
}

}  // namespace waggle::discovery
