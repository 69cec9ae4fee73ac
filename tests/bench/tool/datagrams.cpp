// UDP: a server that sends back what it gets, and a load generator with a window of datagrams for each client. Both move many
// datagrams with one call, so that the proxy between them is what is slow.
#include "options.hpp"
#include "wire.hpp"

#include <netinet/udp.h>
#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace {
constexpr unsigned batch_size = 64;
constexpr size_t largest = 65536;  // a bundle of GRO has as many bytes

int udp_socket() {
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), big = 4 << 20;
  if (s < 0) die("socket");
  for (int what : {SO_RCVBUFFORCE, SO_SNDBUFFORCE})
    if (setsockopt(s, SOL_SOCKET, what, &big, sizeof big) < 0)
      setsockopt(s, SOL_SOCKET, what == SO_RCVBUFFORCE ? SO_RCVBUF : SO_SNDBUF, &big, sizeof big);
  return s;
}
void receive_bundles(int s) {
  int one = 1;
  if (setsockopt(s, IPPROTO_UDP, UDP_GRO, &one, sizeof one) < 0) die("UDP_GRO");
}

/// Datagrams that one call received, and that one call can send on.
struct Batch {
  std::vector<mmsghdr> heads = std::vector<mmsghdr>(batch_size);
  std::vector<iovec> pieces = std::vector<iovec>(batch_size);
  std::vector<sockaddr_in> peers = std::vector<sockaddr_in>(batch_size);
  std::vector<std::array<char, CMSG_SPACE(sizeof(int))>> control = std::vector<std::array<char, CMSG_SPACE(sizeof(int))>>(batch_size);
  std::vector<char> memory = std::vector<char>(batch_size * largest);

  int receive(int s) {
    for (size_t i = 0; i < batch_size; ++i) {
      pieces[i] = {memory.data() + i * largest, largest};
      msghdr m{};
      m.msg_name = &peers[i];
      m.msg_namelen = sizeof peers[i];
      m.msg_iov = &pieces[i];
      m.msg_iovlen = 1;
      m.msg_control = control[i].data();
      m.msg_controllen = control[i].size();
      heads[i] = {m, 0};
    }
    return recvmmsg(s, heads.data(), batch_size, MSG_DONTWAIT, nullptr);
  }
  /// Bytes of each datagram in bundle i; 0: it is one.
  size_t segment(size_t i) {
    msghdr& m = heads[i].msg_hdr;
    for (cmsghdr* c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
      if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
        int size;
        memcpy(&size, CMSG_DATA(c), sizeof size);
        return size_t(size);
      }
    return 0;
  }
  size_t datagrams(size_t i) {
    const size_t s = segment(i);
    return s ? (heads[i].msg_len + s - 1) / s : 1;
  }
  /// What was received becomes what is to be sent to where it came from, cut as it came.
  void turn(size_t i) {
    const size_t s = segment(i);
    msghdr& m = heads[i].msg_hdr;
    pieces[i].iov_len = heads[i].msg_len;
    if (s && s < heads[i].msg_len) {
      const uint16_t size = uint16_t(s);
      m.msg_control = control[i].data();
      m.msg_controllen = CMSG_SPACE(sizeof size);
      cmsghdr* c = CMSG_FIRSTHDR(&m);
      c->cmsg_level = IPPROTO_UDP;
      c->cmsg_type = UDP_SEGMENT;
      c->cmsg_len = CMSG_LEN(sizeof size);
      memcpy(CMSG_DATA(c), &size, sizeof size);
    } else {
      m.msg_control = nullptr;
      m.msg_controllen = 0;
    }
  }
};

/// One client: a socket, and how many datagrams it has under way.
struct Client {
  int fd;
  size_t out = 0;
  uint64_t heard = 0;
};

struct Load {
  size_t window, size;
  bool bundles;
  std::vector<char> bytes;
  std::vector<iovec> pieces;
  std::vector<mmsghdr> heads;

  Load(size_t w, size_t s, bool b) : window(w), size(s), bundles(b), bytes(w * s, 'x'), pieces(w), heads(w) {
    for (size_t i = 0; i < w; ++i) {
      pieces[i] = {bytes.data() + i * s, s};
      heads[i] = {};
      heads[i].msg_hdr.msg_iov = &pieces[i];
      heads[i].msg_hdr.msg_iovlen = 1;
    }
  }
  int connect_to(int port) {
    int s = udp_socket();
    if (bundles) {
      const int cut = int(size);
      if (setsockopt(s, IPPROTO_UDP, UDP_SEGMENT, &cut, sizeof cut) < 0) die("UDP_SEGMENT");
      receive_bundles(s);
    }
    sockaddr_in a = addr_of("127.0.0.1", port);
    if (connect(s, reinterpret_cast<sockaddr*>(&a), sizeof a) < 0) die("connect");
    return s;
  }
  /// Fills the window; in bundles only when it is empty, so that they stay whole.
  void fill(Client& c) {
    const size_t n = window - std::min(window, c.out);
    if (n == 0 || (bundles && c.out > 0)) return;
    if (bundles) {
      const ssize_t sent = send(c.fd, bytes.data(), n * size, MSG_DONTWAIT);
      if (sent > 0) c.out += size_t(sent) / size;
    } else {
      const int sent = sendmmsg(c.fd, heads.data(), unsigned(n), MSG_DONTWAIT);
      if (sent > 0) c.out += size_t(sent);
    }
  }
};
}  // namespace

int run_udp_echo(const Opts& o) {
  const int s = udp_socket();
  receive_bundles(s);
  const sockaddr_in a = addr_of(o.s("address", "127.0.0.1"), int(o.i("port", 0)));
  if (bind(s, reinterpret_cast<const sockaddr*>(&a), sizeof a) < 0) die("bind");
  Batch b;
  for (pollfd p{s, POLLIN, 0}; poll(&p, 1, -1) >= 0;) {
    const int n = b.receive(s);
    if (n <= 0) continue;  // a refusal that came back
    for (int i = 0; i < n; ++i) b.turn(size_t(i));
    for (int sent = 0; sent < n;) {
      const int k = sendmmsg(s, b.heads.data() + sent, unsigned(n - sent), 0);
      if (k > 0) sent += k;
      else if (errno == EAGAIN) {
        pollfd full{s, POLLOUT, 0};
        poll(&full, 1, -1);
      } else ++sent;  // this one cannot be sent
    }
  }
  return 1;
}

int run_udp_load(const Opts& o) {
  Load load(size_t(o.i("window", 4)), size_t(o.i("size", 64)), o.has("bundles"));
  if (load.window == 0 || load.size == 0 || (load.bundles && (load.window > 64 || load.window * load.size > 65507))) {
    fprintf(stderr, "udp-load: window and size do not make a bundle\n");
    return 64;
  }
  const int ep = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Client> clients;
  const uint64_t begin = now_ns(), end = begin + uint64_t(o.f("duration", 3) * 1e9), patience = 100'000'000;
  for (long i = 0; i < o.i("clients", 64); ++i) {
    clients.push_back({load.connect_to(int(o.i("port", 0)))});
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = size_t(i);
    epoll_ctl(ep, EPOLL_CTL_ADD, clients.back().fd, &e);
  }
  Batch b;
  uint64_t got = 0, lost = 0, wrong = 0, bytes = 0, looked = begin;
  for (Client& c : clients) load.fill(c), c.heard = begin;
  std::array<epoll_event, 256> events;
  for (uint64_t now; (now = now_ns()) < end;) {
    const int n = epoll_wait(ep, events.data(), int(events.size()), 20);
    for (int i = 0; i < n; ++i) {
      Client& c = clients[events[size_t(i)].data.u64];
      const int k = b.receive(c.fd);
      for (int j = 0; j < k; ++j) {
        const size_t whole = b.heads[size_t(j)].msg_len, many = b.datagrams(size_t(j));
        if (whole != many * load.size) ++wrong;
        got += many;
        bytes += whole;
        c.out -= std::min(c.out, many);
      }
      if (k > 0) c.heard = now;
      load.fill(c);
    }
    if (now - looked < patience / 2) continue;
    looked = now;
    for (Client& c : clients)
      if (now - c.heard > patience) {
        lost += c.out;
        c.out = 0;
        c.heard = now;
        load.fill(c);
      }
  }
  const double s = double(now_ns() - begin) / 1e9;
  printf("{\"round_trips\":%llu,\"seconds\":%.3f,\"rps\":%.1f,\"mib_s\":%.1f,\"lost\":%llu,\"wrong\":%llu}\n", (unsigned long long)got, s,
         double(got) / s, double(bytes) / s / 1048576, (unsigned long long)lost, (unsigned long long)wrong);
  return 0;
}
