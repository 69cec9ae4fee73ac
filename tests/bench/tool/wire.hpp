// What the parts of bench_tool share: sockets on loopback, a clock, and as much HTTP as a benchmark needs.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

using std::string;
using std::string_view;

inline uint64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return uint64_t(t.tv_sec) * 1000000000ull + uint64_t(t.tv_nsec);
}
[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(2);
}
inline sockaddr_in addr_of(const string& ip, int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(uint16_t(port));
  inet_pton(AF_INET, ip.c_str(), &a.sin_addr);
  return a;
}
inline int listen_on(int port, const string& ip = "127.0.0.1") {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a = addr_of(ip, port);
  if (bind(s, reinterpret_cast<sockaddr*>(&a), sizeof a) < 0) die("bind");
  if (listen(s, 4096) < 0) die("listen");
  return s;
}
inline void nodelay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
inline bool ieq(string_view a, string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }
inline string_view trim(string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}
template <class F>
void each_header(string_view head, F f) {  // skips the start line
  size_t p = head.find("\r\n");
  while (p != string_view::npos) {
    p += 2;
    size_t e = head.find("\r\n", p);
    if (e == string_view::npos || e == p) break;
    string_view line = head.substr(p, e - p);
    size_t c = line.find(':');
    if (c != string_view::npos) f(line.substr(0, c), trim(line.substr(c + 1)));
    p = e;
  }
}
struct Chunked {  // finds the end of a chunked body
  enum S { size_, ext_, lf_, data_, cr2_, lf2_, trail_, trail_lf_, trail_line_, trail_line_lf_, done_ } s = size_;
  uint64_t left = 0;
  size_t feed(const char* p, size_t n) {  // bytes used
    size_t i = 0;
    while (i < n && s != done_) {
      char c = p[i];
      switch (s) {
        case size_:
          if (c >= '0' && c <= '9') left = left * 16 + uint64_t(c - '0');
          else if ((c | 32) >= 'a' && (c | 32) <= 'f') left = left * 16 + uint64_t((c | 32) - 'a' + 10);
          else if (c == '\r') s = lf_;
          else s = ext_;
          ++i;
          break;
        case ext_:
          if (c == '\r') s = lf_;
          ++i;
          break;
        case lf_:
          s = left ? data_ : trail_;
          ++i;
          break;
        case data_: {
          size_t k = size_t(std::min<uint64_t>(left, n - i));
          left -= k;
          i += k;
          if (!left) s = cr2_;
          break;
        }
        case cr2_:
          s = lf2_;
          ++i;
          break;
        case lf2_:
          s = size_;
          left = 0;
          ++i;
          break;
        case trail_:
          s = c == '\r' ? trail_lf_ : trail_line_;
          ++i;
          break;
        case trail_lf_:
          s = done_;
          ++i;
          break;
        case trail_line_:
          if (c == '\r') s = trail_line_lf_;
          ++i;
          break;
        case trail_line_lf_:
          s = trail_;
          ++i;
          break;
        case done_: break;
      }
    }
    return i;
  }
};
