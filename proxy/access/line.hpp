// Appends to a fixed block; what does not fit is left away whole, so that a line is never torn. Escapes what a client or a
// server could use to forge a line.
#pragma once

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

/// `s` within JSON quotes (without them), written to `to`: valid UTF-8 whatever the bytes are. @return its end, at most
/// json_room(s) further on.
char* put_json(char* to, std::string_view s) noexcept;
inline std::size_t json_room(std::string_view s) noexcept { return s.size() < longest_value / 6 ? 6 * s.size() : longest_value; }

/// A short text that is copied as a whole block, which is quicker than asking for its length.
struct padded_text {
  static constexpr std::size_t block = 32;
  char text[block]{};
  std::uint8_t size = 0;
};

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
  /// For the common format: '"', '\' and control characters escaped.
  line& plain(std::string_view s) noexcept;
  /// For JSON, without quotes.
  line& json(std::string_view s) noexcept;
  /// Nine digits with zeros in front. @param n  below 10^9
  line& nine_digits(unsigned n) noexcept;

  bool full() const noexcept { return full_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char *begin_, *at_, *end_;
  bool full_ = false;
};

}  // namespace waggle::proxy::access
