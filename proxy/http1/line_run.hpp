// Field lines as they were received: neighbours that stand in memory as they are to be written go in one piece.
#pragma once

#include <waggle/http/field.hpp>

#include <cstddef>
#include <string_view>

namespace waggle::proxy::http1 {

/// The line stands in memory as "name: value\r\n". @param f  of a head whose bytes are there, with its line ends.
inline bool stands_as_line(const http::field& f) noexcept {
  const char* const value = f.value.data();
  return value == f.name.data() + f.name.size() + 2 && value[-1] == ' ' && value[f.value.size()] == '\r';
}

template <class Out>
class line_run {
 public:
  explicit line_run(Out& out) noexcept : out_(out) {}
  /// @param is_line  stands_as_line(f)
  void put(const http::field& f, bool is_line) {
    if (!is_line) {
      flush();
      out_.put_line(f.name, f.value);
      return;
    }
    if (f.name.data() != end_) {
      flush();
      begin_ = f.name.data();
    }
    end_ = f.value.data() + f.value.size() + 2;
  }
  /// Before anything else is written.
  void flush() {
    if (begin_ != end_) out_ << std::string_view(begin_, static_cast<std::size_t>(end_ - begin_));
    begin_ = end_ = nullptr;
  }

 private:
  Out& out_;
  const char *begin_ = nullptr, *end_ = nullptr;
};

}  // namespace waggle::proxy::http1
