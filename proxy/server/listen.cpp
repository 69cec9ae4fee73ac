#include "server/listen.hpp"

#include "io/keepalive.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace waggle::proxy {
namespace {

constexpr unsigned usual_backlog = 4096;  // the kernel cuts it to net.core.somaxconn

constexpr io::keepalive http_keepalive{15, 15, 9};  // as Go's net.ListenConfig has it
constexpr int datagram_room = 4 * 1024 * 1024;      // of what has come and is not read yet; the kernel cuts it to net.core.rmem_max

base::text_error failed(int s, const char* what) {
  const base::text_error why{std::string(what) + ": " + std::strerror(errno)};
  if (s >= 0) ::close(s);
  return why;
}

/// @return below 0: errno says why.
int open_socket(io::socket_address& address, int type) {
  const int s = ::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s >= 0 || errno != EAFNOSUPPORT || address.family() != AF_INET6 || address.ip() != "::") return s;
  auto v4 = io::make_address("0.0.0.0", address.port());  // a host without IPv6
  address = *v4;
  return ::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/// What the kernel shall say of each datagram, and that it may hand out those of one size together. Without these it works as well, but for
/// the address: on a machine that has several, an answer would come from one that was not asked.
bool ask_for_facts(int s, const io::socket_address& address) {
  const int one = 1;
  setsockopt(s, SOL_SOCKET, SO_RCVBUF, &datagram_room, sizeof datagram_room);
  setsockopt(s, SOL_SOCKET, SO_SNDBUF, &datagram_room, sizeof datagram_room);
  setsockopt(s, IPPROTO_UDP, UDP_GRO, &one, sizeof one);
  setsockopt(s, IPPROTO_IP, IP_RECVTOS, &one, sizeof one);  // of IPv4 that comes to [::] as well
  if (address.family() == AF_INET6) {
    setsockopt(s, IPPROTO_IPV6, IPV6_RECVTCLASS, &one, sizeof one);
    return address.ip() != "::" || setsockopt(s, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one) == 0;
  }
  return address.ip() != "0.0.0.0" || setsockopt(s, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) == 0;
}

}  // namespace

base::text_result<int> listen_on(io::socket_address& address, const entry_point& of) {
  const int s = open_socket(address, SOCK_STREAM);
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

base::text_result<int> bind_datagrams(io::socket_address& address) {
  const int s = open_socket(address, SOCK_DGRAM);
  if (s < 0) return failed(s, "socket");
  const int one = 1, zero = 0;
  if (setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) return failed(s, "SO_REUSEPORT");
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  if (!ask_for_facts(s, address)) return failed(s, "IP_PKTINFO");
  if (::bind(s, address.get(), address.size) != 0) return failed(s, "bind");
  address.size = sizeof address.storage;
  getsockname(s, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return s;
}

bool port_is_taken(const io::socket_address& address, model::protocol by) {
  if (address.port() == 0) return false;
  const bool datagrams = by == model::protocol::udp;
  const int s = ::socket(address.family(), (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  if (s < 0) return false;
  const int one = 1, zero = 0;
  if (!datagrams) setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);  // UDP would share it by that
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  const bool taken = ::bind(s, address.get(), address.size) != 0 && errno == EADDRINUSE;
  ::close(s);
  return taken;
}

}  // namespace waggle::proxy
