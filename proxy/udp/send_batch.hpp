// Messages that leave by one socket with few calls. What it refers to belongs to others and stays until all is out.
#pragma once

#include "io/address.hpp"
#include "udp/bundles.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy::udp {

/// Where a message goes, on a socket that is not connected, and from which of our addresses.
struct destination {
  sockaddr_in6 to{};  ///< or a sockaddr_in
  socklen_t size = 0;
  io::ip_bytes from{};          ///< zero: the socket has one only
  std::uint32_t interface = 0;  ///< by this one; 0: as routes say
};

/// Thread: the worker's.
class send_batch {
 public:
  static constexpr std::size_t most = 64;

  /// @param bundle_below  of the path: lowered when the kernel cannot send this bundle. Stays until it is out. @param to  null: a connected socket.
  /// @return false: there is no room; send() first.
  bool add(const message& m, std::uint16_t* bundle_below, const destination* to = nullptr) noexcept;
  bool empty() const noexcept { return next_ == size_; }

  /// Goes on where it has stopped. Bundles that cannot be sent as such go one by one. @return 0: nothing is left; else the errno of the message
  /// that comes next, which was not sent: call it again, or skip().
  int send(int socket) noexcept;
  /// Gives up the next message. @return its datagrams.
  std::uint32_t skip() noexcept;
  /// Gives up all.
  void clear() noexcept { next_ = size_ = pieces_used_ = 0; }
  /// Datagrams of bundles that could not be sent one by one either, since the last call.
  std::uint32_t take_lost() noexcept;

 private:
  struct entry {
    std::uint16_t* bundle_below = nullptr;
    std::uint32_t datagrams = 0;
    std::uint16_t segment = 0;
  };
  using control = std::array<char, 96>;
  void write_control(std::size_t i, const message& m, const destination* to) noexcept;
  bool send_one_by_one(int socket) noexcept;

  std::array<mmsghdr, most> heads_{};
  std::array<entry, most> entries_{};
  std::array<iovec, 2 * most> pieces_{};
  std::array<sockaddr_in6, most> peers_{};
  alignas(cmsghdr) std::array<control, most> controls_{};
  std::size_t size_ = 0, next_ = 0, pieces_used_ = 0;
  std::uint32_t lost_ = 0;
};

}  // namespace waggle::proxy::udp
