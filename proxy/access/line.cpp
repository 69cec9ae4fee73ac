#include "access/line.hpp"

#include <waggle/base/utf8.hpp>

#include <utility>

namespace waggle::proxy::access {
namespace {

constexpr char hex[] = "0123456789abcdef";

/// Calls put(text) for the pieces of `s` as JSON has them; together at most longest_value.
template <class Put>
void json_pieces(std::string_view s, Put&& put) {
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

char* put_json(char* to, std::string_view s) noexcept {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
  if (char* const end = copy_plain(to, s)) return end;
  json_pieces(s, [&](std::string_view piece) { to = std::copy(piece.begin(), piece.end(), to); });
  return to;
}

void growing_text::grow(std::size_t n) {
  const std::size_t wanted = std::max(capacity_ * 2, size_ + n + 256);
  auto bytes = std::make_unique_for_overwrite<char[]>(wanted);
  std::copy_n(bytes_.get(), size_, bytes.get());
  bytes_ = std::move(bytes);
  capacity_ = wanted;
}

line& line::json_escaped(std::string_view s) noexcept {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
  json_pieces(s, [&](std::string_view piece) { *this << piece; });
  return *this;
}

line& line::escaped(std::string_view s) noexcept {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
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

line& line::nine_digits(unsigned n) noexcept {
  char text[10];  // one in front keeps the zeros
  std::to_chars(text, text + sizeof text, 1'000'000'000U + n);
  return *this << std::string_view(text + 1, 9);
}

}  // namespace waggle::proxy::access
