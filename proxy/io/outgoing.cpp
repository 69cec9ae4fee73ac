#include "io/outgoing.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace waggle::proxy::io {

descriptor open_outgoing(const socket_address& to) noexcept {
  descriptor s(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  const int one = 1;
  if (s) setsockopt(s.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return s;
}

int begin_connect(const descriptor& s, const socket_address& to) noexcept { return ::connect(s.get(), to.get(), to.size) == 0 ? 0 : errno; }

const char* text_of_error(int error) noexcept {
  const char* const text = ::strerrordesc_np(error);
  return text ? text : "unknown error";
}

}  // namespace waggle::proxy::io
