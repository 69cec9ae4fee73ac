// Room for many datagrams that one call receives, with what the kernel says of each. The memory is touched as far as datagrams need it.
#pragma once

#include "io/address.hpp"
#include "udp/bundles.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace waggle::proxy::udp {

/// One receive: a datagram or a bundle. Valid until the batch is cleared.
struct received {
  piece what;
  io::ip_bytes local{};         ///< the address that was asked; zero: the socket does not tell
  std::uint32_t interface = 0;  ///< … and by which interface it came
  bool cut = false;             ///< it was larger than any buffer, or the kernel had more to say: nothing that could be sent on
};

/// Thread: the worker's.
class receive_batch {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t largest = 64 * 1024;  ///< a datagram has 65,527 bytes at most, and so has a bundle
  receive_batch();

  /// Into the places that are free. @return how many came; -1: errno says why none.
  int receive(int socket) noexcept;
  std::size_t size() const noexcept { return size_; }
  bool is_full() const noexcept { return size_ == most; }
  received at(std::size_t i) const noexcept;
  /// Who has sent it; for sockets that are not connected.
  const sockaddr_in6& peer(std::size_t i) const noexcept { return peers_[i]; }
  /// All places are free again.
  void clear() noexcept;

 private:
  void prepare(std::size_t i) noexcept;
  using control = std::array<char, 192>;
  std::array<mmsghdr, most> heads_{};
  std::array<iovec, most> pieces_{};
  std::array<sockaddr_in6, most> peers_{};
  alignas(cmsghdr) std::array<control, most> controls_{};
  std::unique_ptr<char[]> memory_;
  std::size_t size_ = 0;
};

}  // namespace waggle::proxy::udp
