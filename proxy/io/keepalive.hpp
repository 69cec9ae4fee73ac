// Probes of connections on which nothing is said: who is dead has to be noticed although nobody is cut for being silent (tcp(7)).
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace waggle::proxy::io {

struct keepalive {
  int idle_s = 0, every_s = 0;
  int most = 0;  ///< 0: as many as the kernel likes
};

/// Below HTTP, where a lost connection cannot be made good by a request that is sent again: who is silent is asked after a minute, and is
/// gone after another.
inline constexpr keepalive layer4_keepalive{60, 10, 6};

/// Of a connection, or of a listener, whose accepted sockets inherit it (socket(7)).
inline void set_keepalive(int s, const keepalive& k) noexcept {
  const int on = 1;
  setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, &k.idle_s, sizeof k.idle_s);
  setsockopt(s, IPPROTO_TCP, TCP_KEEPINTVL, &k.every_s, sizeof k.every_s);
  if (k.most != 0) setsockopt(s, IPPROTO_TCP, TCP_KEEPCNT, &k.most, sizeof k.most);
}

}  // namespace waggle::proxy::io
