#include "access/line.hpp"

#include <waggle/base/utf8.hpp>

namespace waggle::proxy::access {
namespace {

constexpr char hex[] = "0123456789abcdef";

/// Nothing to escape: the usual case, decided in one pass.
bool is_plain(std::string_view s) noexcept {
  for (const char c : s) {
    const auto b = static_cast<unsigned char>(c);
    if (b < 0x20 || b >= 0x7F || b == '"' || b == '\\') return false;
  }
  return true;
}

/// Calls put(text) for the pieces of `s` as JSON has them.
template <class Put>
void json_pieces(std::string_view s, Put&& put) {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
  if (is_plain(s)) return put(s);
  std::size_t written = 0;
  const auto one = [&](std::string_view piece) {
    written += piece.size();
    put(piece);
  };
  while (!s.empty() && written + 6 <= longest_value) {
    const auto b = static_cast<unsigned char>(s[0]);
    if (b == '"' || b == '\\') {
      const char pair[2] = {'\\', s[0]};
      one(std::string_view(pair, 2));
    } else if (b < 0x20 || b == 0x7F) {
      const char code[6] = {'\\', 'u', '0', '0', hex[b >> 4], hex[b & 15]};
      one(std::string_view(code, 6));
    } else if (b < 0x80) {
      one(s.substr(0, 1));
    } else if (const std::size_t n = base::utf8_length(s); n > 0) {
      one(s.substr(0, n));
      s.remove_prefix(n);
      continue;
    } else {
      one("\\ufffd");
    }
    s.remove_prefix(1);
  }
}

}  // namespace

void append_json(std::string& out, std::string_view s) {
  json_pieces(s, [&](std::string_view piece) { out.append(piece); });
}

line& line::json(std::string_view s) noexcept {
  json_pieces(s, [&](std::string_view piece) { *this << piece; });
  return *this;
}

line& line::plain(std::string_view s) noexcept {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
  if (is_plain(s)) return *this << s;
  const char* const start = at_;
  for (const char c : s) {
    if (static_cast<std::size_t>(at_ - start) + 4 > longest_value) break;
    const auto b = static_cast<unsigned char>(c);
    if (b == '"' || b == '\\') *this << '\\' << c;
    else if (b < 0x20 || b == 0x7F) *this << "\\x" << hex[b >> 4] << hex[b & 15];
    else *this << c;
  }
  return *this;
}

line& line::digits(unsigned n, int count) noexcept {
  char text[10];
  for (int i = count; i-- > 0; n /= 10) text[i] = static_cast<char>('0' + n % 10);
  return *this << std::string_view(text, static_cast<std::size_t>(count));
}

}  // namespace waggle::proxy::access
