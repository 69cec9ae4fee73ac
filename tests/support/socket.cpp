#include "socket.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace waggle::test {
namespace {

std::chrono::milliseconds rest_of(test_clock::time_point until) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(until - test_clock::now()) + std::chrono::milliseconds(1);
}

}  // namespace

raw_socket& raw_socket::operator=(raw_socket&& o) noexcept {
  close();
  fd_ = std::exchange(o.fd_, -1);
  end_ = o.end_;
  left_ = std::move(o.left_);
  return *this;
}

raw_socket raw_socket::connect(std::uint16_t port, int receive_buffer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd);
    return raw_socket();
  }
  return raw_socket(fd);
}

void raw_socket::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void raw_socket::reset() noexcept {
  const linger now{1, 0};
  if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

void raw_socket::half_close() noexcept { ::shutdown(fd_, SHUT_WR); }

void raw_socket::wake() noexcept {
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

bool raw_socket::send(std::string_view bytes, std::chrono::milliseconds within) {
  const test_clock::time_point until = test_clock::now() + within;
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EAGAIN && errno != EINTR) return false;
    else if (!ready(POLLOUT, until)) return false;
  }
  return true;
}

bool raw_socket::send_urgent(char byte, std::chrono::milliseconds within) {
  return ready(POLLOUT, test_clock::now() + within) && ::send(fd_, &byte, 1, MSG_OOB | MSG_NOSIGNAL) == 1;
}

bool raw_socket::receive(std::chrono::milliseconds within) {
  if (end_ != peer_end::none || fd_ < 0) return false;
  if (!ready(POLLIN, test_clock::now() + within)) return false;
  char bytes[64 * 1024];
  const ssize_t n = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
  if (n > 0) {
    left_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  end_ = n == 0 ? peer_end::fin : peer_end::reset;
  return false;
}

std::string raw_socket::take(std::size_t n) {
  std::string out = left_.substr(0, n);
  left_.erase(0, n);
  return out;
}

std::string raw_socket::read_exactly(std::size_t n, std::chrono::milliseconds within) {
  const test_clock::time_point until = test_clock::now() + within;
  while (left_.size() < n && test_clock::now() < until && receive(rest_of(until))) {
  }
  return take(n);
}

std::string raw_socket::read_until(std::string_view mark, std::chrono::milliseconds within) {
  const test_clock::time_point until = test_clock::now() + within;
  for (;;) {
    if (const std::size_t at = left_.find(mark); at != std::string::npos) return take(at + mark.size());
    if (test_clock::now() >= until || !receive(rest_of(until))) return {};
  }
}

std::string raw_socket::read_all(std::chrono::milliseconds within) {
  const test_clock::time_point until = test_clock::now() + within;
  while (test_clock::now() < until && receive(rest_of(until))) {
  }
  return std::exchange(left_, {});
}

peer_end raw_socket::wait_end(std::chrono::milliseconds within) {
  receive(within);
  return end_;
}

bool raw_socket::ready(short events, test_clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - test_clock::now()).count();
    pollfd p{fd_, events, 0};
    const int n = ::poll(&p, 1, left < 0 ? 0 : static_cast<int>(left));
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

}  // namespace waggle::test
