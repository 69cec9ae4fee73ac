// Times of the access log as text.
#pragma once

#include "access/line.hpp"

#include <cstdint>

namespace waggle::proxy::access {

/// Made once a second. Thread: its worker's.
class calendar {
 public:
  void common(line& out, std::int64_t wall_ns);   ///< 21/Nov/2026:19:34:34 +0000
  void rfc3339(line& out, std::int64_t wall_ns);  ///< 2026-11-21T19:34:34.123456789Z
  void local(line& out, std::int64_t wall_ns);    ///< the same with the machine's offset

 private:
  void look_up(std::int64_t second);
  std::int64_t second_ = -1;
  char common_[32] = "", utc_[24] = "", local_[24] = "", offset_[8] = "";
};

}  // namespace waggle::proxy::access
