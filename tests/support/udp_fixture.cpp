#include "udp_fixture.hpp"

#include <arpa/inet.h>
#include <poll.h>

#include <cstdlib>

namespace waggle::test {

udp_address::udp_address(const std::string& ip, std::uint16_t port) {
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  if (::inet_pton(AF_INET, ip.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    size = sizeof *v4;
    return;
  }
  if (::inet_pton(AF_INET6, ip.c_str(), &storage.sin6_addr) != 1) std::abort();
  storage.sin6_family = AF_INET6;
  storage.sin6_port = htons(port);
}

std::uint16_t udp_address::port() const noexcept { return ntohs(storage.sin6_port); }  // at the same place in both

std::string udp_address::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  const bool v4 = storage.sin6_family == AF_INET;
  const void* const bytes = v4 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr) : &storage.sin6_addr;
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return text;
}

udp_peer::udp_peer(const std::string& ip, std::uint16_t port) {
  const udp_address at(ip, port);
  fd_ = ::socket(at.storage.sin6_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int large = 4 << 20;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
  if (fd_ < 0 || ::bind(fd_, at.get(), at.size) != 0) std::abort();
}

udp_address udp_peer::address() const {
  udp_address out;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&out.storage), &out.size);
  return out;
}

bool udp_peer::send_to(const udp_address& to, std::string_view bytes) const {
  return ::sendto(fd_, bytes.data(), bytes.size(), 0, to.get(), to.size) == static_cast<ssize_t>(bytes.size());
}

std::optional<std::string> udp_peer::receive(std::chrono::milliseconds within) {
  pollfd p{fd_, POLLIN, 0};
  if (::poll(&p, 1, static_cast<int>(within.count())) != 1) return std::nullopt;
  static thread_local std::string room(65'536, '\0');
  last_.size = sizeof last_.storage;
  const ssize_t n = ::recvfrom(fd_, room.data(), room.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&last_.storage), &last_.size);
  if (n < 0) return std::nullopt;
  return room.substr(0, static_cast<std::size_t>(n));
}

std::string exchange(udp_peer& client, std::uint16_t port, udp_peer& server, const std::string& question, const std::string& answer) {
  client.send(port, question);
  if (server.receive() != question) return {};
  server.answer(answer);
  return client.receive().value_or("");
}

}  // namespace waggle::test
