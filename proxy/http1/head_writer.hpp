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
  /// 0: it did not fit.
  std::size_t size() const noexcept { return full_ ? 0 : static_cast<std::size_t>(at_ - begin_); }

 private:
  char *begin_, *at_, *end_;
  bool full_ = false;
};

}  // namespace waggle::proxy::http1
