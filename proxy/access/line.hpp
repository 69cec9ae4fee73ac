// Appends to a fixed block; what does not fit is left away whole, so that a line is never torn. Escapes what a client or a
// server could use to forge a line.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace waggle::proxy::access {

/// Longest value that is written, as written; the rest is cut. A line is bounded by the sum of its parts, so that nobody can
/// keep a request out of the log by making it long.
inline constexpr std::size_t longest_value = 4096;

/// `s` within JSON quotes (without them): valid UTF-8 whatever the bytes are. Appends.
void append_json(std::string& out, std::string_view s);

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
  /// Two or three digits with zeros in front.
  line& digits(unsigned n, int count) noexcept;

  bool full() const noexcept { return full_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char *begin_, *at_, *end_;
  bool full_ = false;
};

}  // namespace waggle::proxy::access
