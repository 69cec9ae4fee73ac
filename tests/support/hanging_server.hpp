// An address that does not answer a connect, as a task's that is gone.
#pragma once

#include "socket.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace waggle::test {

/// Drops SYNs as a dead overlay address does: a listener whose queue is full. let_go() makes room, as an address that comes to life.
class hanging_server {
 public:
  hanging_server() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    at_.sin_family = AF_INET;
    at_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at_;
    if (::bind(listener_.descriptor(), reinterpret_cast<sockaddr*>(&at_), size) != 0 || ::listen(listener_.descriptor(), 0) != 0) std::abort();
    ::getsockname(listener_.descriptor(), reinterpret_cast<sockaddr*>(&at_), &size);
    for (int i = 0; i < 4; ++i) {
      const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(s, reinterpret_cast<const sockaddr*>(&at_), size);
      fill_.emplace_back(s);
    }
  }
  std::uint16_t port() const noexcept { return ntohs(at_.sin_port); }
  void let_go() {
    fill_.clear();
    while (wait(0ms)) accept();
  }
  bool wait(std::chrono::milliseconds within) const {
    pollfd p{listener_.descriptor(), POLLIN, 0};
    return ::poll(&p, 1, static_cast<int>(within.count())) == 1;
  }
  raw_socket accept() const { return raw_socket(::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  raw_socket listener_;
  sockaddr_in at_{};
  std::vector<raw_socket> fill_;
};

}  // namespace waggle::test
