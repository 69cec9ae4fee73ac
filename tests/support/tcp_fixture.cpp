#include "tcp_fixture.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <utility>

namespace waggle::test {

listening::listening(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int one = 1;
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  socklen_t size = sizeof at;
  if (::bind(socket_.descriptor(), reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(socket_.descriptor(), 4096) != 0) std::abort();
  ::getsockname(socket_.descriptor(), reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

bool listening::has_guest(std::chrono::milliseconds within) const {
  pollfd p{socket_.descriptor(), POLLIN, 0};
  return ::poll(&p, 1, static_cast<int>(within.count())) == 1;
}

raw_socket listening::accept(std::chrono::milliseconds within) {
  if (!has_guest(within)) return {};
  return raw_socket(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace waggle::test
