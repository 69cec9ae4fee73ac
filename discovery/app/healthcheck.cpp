#include "healthcheck.hpp"

#include "options/values.hpp"

#include <waggle/base/clock.hpp>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace waggle::app {
namespace {

using base::explained;

struct socket_holder {
  int fd = -1;
  ~socket_holder() {
    if (fd >= 0) ::close(fd);
  }
};

struct target {
  sockaddr_storage address{};
  socklen_t size = 0;
};

target loopback_of(const host_port& where) {
  target out;
  if (where.host.find(':') != std::string::npos) {
    sockaddr_in6 a{};
    a.sin6_family = AF_INET6;
    a.sin6_port = htons(where.port);
    inet_pton(AF_INET6, where.host == "::" ? "::1" : where.host.c_str(), &a.sin6_addr);
    std::memcpy(&out.address, &a, out.size = sizeof a);
  } else {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(where.port);
    const bool any = where.host.empty() || where.host == "0.0.0.0";
    inet_pton(AF_INET, any ? "127.0.0.1" : where.host.c_str(), &a.sin_addr);
    std::memcpy(&out.address, &a, out.size = sizeof a);
  }
  return out;
}

/// @return false: the deadline passed
bool wait(int fd, short what, base::mono_time until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now()).count();
    pollfd ready{fd, what, 0};
    const int n = poll(&ready, 1, static_cast<int>(std::max<long long>(left, 0)));
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

}  // namespace

base::explained_result<void> healthcheck(const std::string& address, std::chrono::milliseconds bound) {
  const auto until = base::now() + bound;
  const auto failed = [&](std::string_view why) {
    return explained{fmt::format("{}/ping: {}", address, why)};
  };
  const auto where = parse_address(address);
  if (!where) return where.error();
  const target to = loopback_of(*where);
  const socket_holder s{socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (s.fd < 0) return failed(std::strerror(errno));
  if (connect(s.fd, reinterpret_cast<const sockaddr*>(&to.address), to.size) != 0) {
    if (errno != EINPROGRESS) return failed(std::strerror(errno));
    if (!wait(s.fd, POLLOUT, until)) return failed("no answer in time");
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(s.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return failed(std::strerror(error));
  }
  constexpr std::string_view question = "GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (send(s.fd, question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size()))
    return failed(std::strerror(errno));
  std::string answer;
  while (answer.find("\r\n") == std::string::npos && answer.size() < 4'096) {
    if (!wait(s.fd, POLLIN, until)) return failed("no answer in time");
    std::array<char, 1'024> part{};
    const ssize_t n = recv(s.fd, part.data(), part.size(), 0);
    if (n <= 0) return failed(n == 0 ? "the connection was closed" : std::strerror(errno));
    answer.append(part.data(), static_cast<std::size_t>(n));
  }
  const std::string status = answer.substr(0, answer.find("\r\n"));
  if (status.substr(0, 13) != "HTTP/1.1 200 ") return failed(status.substr(0, 100));
  return {};
}

}  // namespace waggle::app
