#include "access/line.hpp"

#include <waggle/base/utf8.hpp>

namespace waggle::proxy::access {
namespace {

constexpr char hex[] = "0123456789abcdef";

/// Is there a byte for which `bits` marks 0x80? Eight at a time, without a branch for each.
constexpr std::uint64_t each(std::uint64_t byte) noexcept { return byte * 0x0101010101010101ULL; }
constexpr std::uint64_t zeros(std::uint64_t x) noexcept { return (x - each(0x01)) & ~x & each(0x80); }
/// Marks control characters, '"', '\\', DEL and what is not ASCII. A mark behind another may be false, the first one never is.
constexpr std::uint64_t special(std::uint64_t x) noexcept {
  return ((x - each(0x20)) & ~x & each(0x80)) | (x & each(0x80)) | zeros(x ^ each('"')) | zeros(x ^ each('\\')) | zeros(x ^ each(0x7F));
}

/// Nothing to escape: the usual case.
bool is_plain(std::string_view s) noexcept {
  const char* at = s.data();
  std::size_t left = s.size();
  std::uint64_t x = 0;
  for (; left >= 8; at += 8, left -= 8) {
    std::memcpy(&x, at, 8);
    if (special(x) != 0) return false;
  }
  if (left == 0) return true;
  if (s.size() >= 8) {  // the last eight once more
    std::memcpy(&x, s.data() + s.size() - 8, 8);
    return special(x) == 0;
  }
  char rest[8] = {'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x'};
  for (std::size_t i = 0; i < left; ++i) rest[i] = at[i];
  std::memcpy(&x, rest, 8);
  return special(x) == 0;
}

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
  if (is_plain(s)) return std::copy(s.begin(), s.end(), to);
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

line& line::json(std::string_view s) noexcept {
  if (s.size() > longest_value) s = s.substr(0, longest_value);
  if (is_plain(s)) return *this << s;
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

line& line::nine_digits(unsigned n) noexcept {
  char text[10];  // one in front keeps the zeros
  std::to_chars(text, text + sizeof text, 1'000'000'000U + n);
  return *this << std::string_view(text + 1, 9);
}

}  // namespace waggle::proxy::access
