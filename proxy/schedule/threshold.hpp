// The most connections of one server (maxConn, ipvsadm -x and -y): once it is full, it gets new ones only when it has become clearly emptier,
// so that it does not flicker at its limit. Pure; one worker's view of one server.
#pragma once

#include <cstdint>

namespace waggle::proxy::schedule {

struct connection_limits {
  std::uint32_t most = 0;    ///< 0: no limit
  std::uint32_t resume = 0;  ///< when full: until it has fewer; 0: three quarters of `most`
  bool operator==(const connection_limits&) const = default;
};

class threshold {
 public:
  /// @param connections  active and inactive ones. @return whether the server takes no new one.
  bool full(std::uint32_t connections, const connection_limits& l) noexcept {
    if (l.most == 0) return full_ = false;
    if (connections >= l.most) return full_ = true;
    const bool emptier =
        l.resume != 0 ? connections < l.resume : static_cast<std::uint64_t>(connections) * 4 < static_cast<std::uint64_t>(l.most) * 3;
    if (emptier) full_ = false;
    return full_;
  }

 private:
  bool full_ = false;
};

}  // namespace waggle::proxy::schedule
