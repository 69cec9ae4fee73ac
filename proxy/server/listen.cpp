#include "server/listen.hpp"

#include "io/keepalive.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace waggle::proxy {
namespace {

constexpr unsigned usual_backlog = 4096;  // the kernel cuts it to net.core.somaxconn

constexpr io::keepalive http_keepalive{15, 15, 9};  // as Go's net.ListenConfig has it

}  // namespace

base::text_result<int> listen_on(io::socket_address& address, const entry_point& of) {
  const auto failed = [&](int s, const char* what) {
    const base::text_error why{std::string(what) + ": " + std::strerror(errno)};
    if (s >= 0) ::close(s);
    return why;
  };
  int s = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s < 0 && errno == EAFNOSUPPORT && address.family() == AF_INET6 && address.ip() == "::") {
    auto v4 = io::make_address("0.0.0.0", address.port());  // a host without IPv6
    address = *v4;
    s = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }
  if (s < 0) return failed(s, "socket");
  const int one = 1, zero = 0;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) return failed(s, "SO_REUSEPORT");
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // accepted sockets inherit it
  io::set_keepalive(s, of.protocol == model::protocol::http ? http_keepalive : io::layer4_keepalive);
  if (of.protocol == model::protocol::tcp) setsockopt(s, SOL_SOCKET, SO_OOBINLINE, &one, sizeof one);  // urgent bytes are passed on in line
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  if (::bind(s, address.get(), address.size) != 0) return failed(s, "bind");
  if (::listen(s, static_cast<int>(of.backlog == 0 ? usual_backlog : of.backlog)) != 0) return failed(s, "listen");
  address.size = sizeof address.storage;
  getsockname(s, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return s;
}

bool port_is_taken(const io::socket_address& address) {
  if (address.port() == 0) return false;
  const int s = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return false;
  const int one = 1, zero = 0;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  const bool taken = ::bind(s, address.get(), address.size) != 0 && errno == EADDRINUSE;
  ::close(s);
  return taken;
}

}  // namespace waggle::proxy
