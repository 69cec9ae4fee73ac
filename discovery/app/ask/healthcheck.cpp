#include "ask/healthcheck.hpp"

#include "ask/chunked_body.hpp"
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
#include <string_view>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;

constexpr std::size_t largest_answer = 256 * 1024 * 1024;
constexpr std::size_t longest_reason = 1'000;

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

base::text_result<local_answer> ask_local(const std::string& address, const std::string& target_path, std::chrono::milliseconds bound,
                                          const std::string& fields) {
  const auto until = base::now() + bound;
  const auto failed = [](std::string_view why) { return text_error{std::string(why)}; };
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
  const std::string question = "GET " + target_path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n";
  if (send(s.fd, question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size())) return failed(std::strerror(errno));
  std::string answer;
  for (std::array<char, 65'536> part{};;) {
    if (!wait(s.fd, POLLIN, until)) return failed("no answer in time");
    const ssize_t n = recv(s.fd, part.data(), part.size(), 0);
    if (n < 0) return failed(std::strerror(errno));
    if (n == 0) break;
    answer.append(part.data(), static_cast<std::size_t>(n));
    if (answer.size() > largest_answer) return failed("the answer is too large");
  }
  local_answer out;
  out.status_line = answer.substr(0, answer.find("\r\n"));
  const auto body = answer.find("\r\n\r\n");
  if (body == std::string::npos || !out.status_line.starts_with("HTTP/1.1 "))
    return failed(answer.empty() ? "the connection was closed" : "that is no answer of waggle's: " + out.status_line.substr(0, 100));
  for (const char c : out.status_line.substr(9, 3)) out.status = out.status * 10 + static_cast<unsigned>(c - '0');
  out.body = answer.substr(body + 4);
  if (is_chunked(std::string_view(answer).substr(0, body))) {
    auto whole = join_chunks(out.body);
    if (!whole) return failed("the answer was cut");
    out.body = std::move(*whole);
  }
  return out;
}

base::text_result<void> healthcheck(const std::string& address, std::chrono::milliseconds bound) {
  const auto got = ask_local(address, "/ready", bound);
  const auto failed = [&](std::string_view why) { return text_error{fmt::format("{}/ready: {}", address, why)}; };
  if (!got) return parse_address(address) ? failed(got.error().reason) : got.error();
  if (got->status == 200) return {};
  const std::string why = got->body.substr(0, std::min<std::size_t>(got->body.find('\n'), longest_reason));
  return failed(got->status_line.substr(9, 100) + (why.empty() ? "" : ": " + why));
}

}  // namespace waggle::app
