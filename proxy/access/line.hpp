// Appends to a fixed block; what does not fit is left away whole, so that a line is never torn. Escapes what a client or a
// server could use to forge a line.
#pragma once

#include "access/fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace waggle::proxy::access {

/// Longest value that is written, as written; the rest is cut. A line is bounded by the sum of its parts, so that nobody can
/// keep a request out of the log by making it long.
inline constexpr std::size_t longest_value = 4096;

/// Copies `s` to `to` while it looks for what an escape is needed for: control characters, '"', '\\', DEL, what is not ASCII.
/// @return the end; null: there is such a byte, and what was written to the room of s.size() bytes is nothing.
char* copy_plain(char* to, std::string_view s) noexcept;

/// `s` within JSON quotes (without them), written to `to`: valid UTF-8 whatever the bytes are. @return its end, at most
/// json_room(s) further on.
char* put_json(char* to, std::string_view s) noexcept;
inline std::size_t json_room(std::string_view s) noexcept { return s.size() < longest_value / 6 ? 6 * s.size() : longest_value; }

/// Bytes that are appended to; keeps its memory. A std::string would fill with zeros or check its room for each piece.
class growing_text {
 public:
  /// Where at most `n` bytes may be written; took() says how many were.
  char* room(std::size_t n) {
    if (capacity_ - size_ < n) grow(n);
    return bytes_.get() + size_;
  }
  void took(const char* end) noexcept { size_ = static_cast<std::size_t>(end - bytes_.get()); }
  void cut(std::size_t size) noexcept { size_ = size; }
  void clear() noexcept { size_ = 0; }
  void assign(std::string_view s) {
    clear();
    took(std::copy(s.begin(), s.end(), room(s.size())));
  }
  std::size_t size() const noexcept { return size_; }
  operator std::string_view() const noexcept { return {bytes_.get(), size_}; }

 private:
  void grow(std::size_t n);
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

namespace detail {

// Sixteen bytes at a time, without a branch for each; a byte above 0x7F is below 0x20 as a signed one.
using sixteen = signed char __attribute__((vector_size(16)));
inline sixteen special(sixteen x) noexcept { return (x < 0x20) | (x == '"') | (x == '\\') | (x == 0x7F); }

constexpr std::uint64_t each(std::uint64_t byte) noexcept { return byte * 0x0101010101010101ULL; }
constexpr std::uint64_t zeros(std::uint64_t x) noexcept { return (x - each(0x01)) & ~x & each(0x80); }
/// Eight bytes. A mark behind another may be false, the first one never is.
constexpr std::uint64_t special(std::uint64_t x) noexcept {
  return ((x - each(0x20)) & ~x & each(0x80)) | (x & each(0x80)) | zeros(x ^ each('"')) | zeros(x ^ each('\\')) | zeros(x ^ each(0x7F));
}

template <class Word>
Word moved(char* to, const char* from) noexcept {
  Word x;
  std::memcpy(&x, from, sizeof x);
  std::memcpy(to, &x, sizeof x);
  return x;
}

}  // namespace detail

inline char* copy_plain(char* to, std::string_view s) noexcept {
  using namespace detail;
  const char* const from = s.data();
  const std::size_t n = s.size();
  if (n >= 16) {
    sixteen found{};
    for (std::size_t i = 0; i + 16 <= n; i += 16) found |= special(moved<sixteen>(to + i, from + i));
    found |= special(moved<sixteen>(to + n - 16, from + n - 16));  // the last ones, once more
    std::uint64_t half[2];
    std::memcpy(half, &found, sizeof half);
    return (half[0] | half[1]) == 0 ? to + n : nullptr;
  }
  if (n >= 8) {
    const std::uint64_t found = special(moved<std::uint64_t>(to, from)) | special(moved<std::uint64_t>(to + n - 8, from + n - 8));
    return found == 0 ? to + n : nullptr;
  }
  if (n >= 4) {
    const std::uint64_t first = moved<std::uint32_t>(to, from), last = moved<std::uint32_t>(to + n - 4, from + n - 4);
    return special(first | last << 32U) == 0 ? to + n : nullptr;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto b = static_cast<signed char>(to[i] = from[i]);
    if (b < 0x20 || b == '"' || b == '\\' || b == 0x7F) return nullptr;
  }
  return to + n;
}

class line {
 public:
  line(char* at, std::size_t room) noexcept : begin_(at), at_(at), end_(at + room) {}

  line& operator<<(std::string_view s) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < s.size()) full_ = true;
    else if (!s.empty()) {
      std::memcpy(at_, s.data(), s.size());
      at_ += s.size();
    }
    return *this;
  }
  line& operator<<(char c) noexcept {
    if (at_ == end_) full_ = true;
    else *at_++ = c;
    return *this;
  }
  line& operator<<(const padded_text& t) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < padded_text::block) return *this << std::string_view(t.text, t.size);
    std::memcpy(at_, t.text, padded_text::block);
    at_ += t.size;
    return *this;
  }
  line& number(std::int64_t n) noexcept {
    const auto r = std::to_chars(at_, end_, n);
    if (r.ec != std::errc()) full_ = true;
    else at_ = r.ptr;
    return *this;
  }
  /// Where `n` bytes may be written, or null; took() says how many were.
  char* room(std::size_t n) const noexcept { return static_cast<std::size_t>(end_ - at_) < n ? nullptr : at_; }
  void took(char* end) noexcept { at_ = end; }
  /// For the common format: '"', '\' and control characters escaped.
  line& plain(std::string_view s) noexcept { return as_is(s) ? *this : escaped(s); }
  /// For JSON, without quotes.
  line& json(std::string_view s) noexcept { return as_is(s) ? *this : json_escaped(s); }
  /// Nine digits with zeros in front. @param n  below 10^9
  line& nine_digits(unsigned n) noexcept;

  bool full() const noexcept { return full_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  bool as_is(std::string_view s) noexcept {
    if (s.size() > longest_value || static_cast<std::size_t>(end_ - at_) < s.size()) return false;
    char* const end = copy_plain(at_, s);
    if (end == nullptr) return false;
    at_ = end;
    return true;
  }
  line& escaped(std::string_view s) noexcept;
  line& json_escaped(std::string_view s) noexcept;
  char *begin_, *at_, *end_;
  bool full_ = false;
};

}  // namespace waggle::proxy::access
