// Writes the text of a head into a fixed array; what does not fit is noticed, never written.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace waggle::proxy::http1 {

class head_writer {
 public:
  explicit head_writer(std::span<char> room) noexcept : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}
  head_writer& operator<<(std::string_view s) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < s.size()) {
      full_ = true;
      return *this;
    }
    if (!s.empty()) std::memcpy(at_, s.data(), s.size());
    at_ += s.size();
    return *this;
  }
  template <std::size_t N>
  head_writer& operator<<(const char (&literal)[N]) noexcept {
    constexpr std::size_t size = N - 1;
    if (static_cast<std::size_t>(end_ - at_) < size) {
      full_ = true;
      return *this;
    }
    std::memcpy(at_, literal, size);
    at_ += size;
    return *this;
  }
  /// "name: value" and the line's end. One look at the room for the whole line: heads are made of these.
  void put_line(std::string_view name, std::string_view value) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < name.size() + value.size() + 4) {
      full_ = true;
      return;
    }
    char* at = at_;
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    std::memcpy(at, ": ", 2);
    at += 2;
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    at += value.size();
    std::memcpy(at, "\r\n", 2);
    at_ = at + 2;
  }
  /// 0: it did not fit.
  std::size_t size() const noexcept { return full_ ? 0 : static_cast<std::size_t>(at_ - begin_); }

 private:
  char *begin_, *at_, *end_;
  bool full_ = false;
};

}  // namespace waggle::proxy::http1
