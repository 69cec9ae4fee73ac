// The value of Date (RFC 9110 section 6.6.1), formatted twice a second at most. Thread: one worker's.
#pragma once

#include "io/timer_wheel.hpp"

#include <ctime>
#include <string_view>

namespace waggle::proxy {

class date_text {
 public:
  std::string_view at(io::time_ms now) noexcept {
    if (now - made_at_ >= 500 || text_[0] == '\0') {
      made_at_ = now;
      const std::time_t wall = std::time(nullptr);
      std::tm tm{};
      gmtime_r(&wall, &tm);
      std::strftime(text_, sizeof text_, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    }
    return text_;
  }

 private:
  io::time_ms made_at_ = 0;
  char text_[48] = "";
};

}  // namespace waggle::proxy
