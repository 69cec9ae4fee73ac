// The real proxy with UDP entry points on port 0, and clients and servers that the test itself plays.
#pragma once

#include "layer4_fixture.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/proxy/server.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::test {

/// An address and a port, of either family.
struct udp_address {
  sockaddr_in6 storage{};  ///< or a sockaddr_in
  socklen_t size = sizeof storage;
  udp_address() = default;
  udp_address(const std::string& ip, std::uint16_t port);
  std::uint16_t port() const noexcept;
  std::string ip() const;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// A bound UDP socket: a client, or a server.
class udp_peer {
 public:
  explicit udp_peer(const std::string& ip = "127.0.0.1", std::uint16_t port = 0);
  udp_peer(udp_peer&& o) noexcept : fd_(std::exchange(o.fd_, -1)), last_(o.last_) {}
  udp_peer& operator=(udp_peer&&) = delete;
  ~udp_peer() { close(); }

  int descriptor() const noexcept { return fd_; }
  std::uint16_t port() const { return address().port(); }
  udp_address address() const;
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  bool send_to(const udp_address& to, std::string_view bytes) const;
  /// To that port of 127.0.0.1.
  bool send(std::uint16_t port, std::string_view bytes) const { return send_to({"127.0.0.1", port}, bytes); }
  /// The next datagram; none comes within the time: nothing.
  std::optional<std::string> receive(std::chrono::milliseconds within = patience());
  bool is_silent(std::chrono::milliseconds within = 100ms) { return !receive(within); }
  /// Who has sent the last one that was received.
  const udp_address& from() const noexcept { return last_; }
  bool answer(std::string_view bytes) const { return send_to(last_, bytes); }

 private:
  int fd_ = -1;
  udp_address last_;
};

/// One entry point, "dns".
inline proxy::options udp_options(unsigned workers = 1) { return layer4_options("dns", model::protocol::udp, workers); }

inline model::server udp_task(std::uint16_t port, std::uint64_t slot = 1, const std::string& task = "") {
  return layer4_task("udp", port, slot, task);
}

struct udp_words {
  using service = model::udp_service;
  using router = model::udp_router;
  using configuration = model::udp_configuration;
  static constexpr const char* name = "dns";
  static configuration& of(model::configuration& c) { return c.udp; }
};

class udp_fixture : public layer4_fixture<udp_words> {
 public:
  explicit udp_fixture(proxy::options o = udp_options(), proxy::endpoint_failure_handler on_failure = {})
      : layer4_fixture(std::move(o), std::move(on_failure)) {}
};

/// A question and its answer; "" if either does not come.
std::string exchange(udp_peer& client, std::uint16_t port, udp_peer& server, const std::string& question = "?", const std::string& answer = "!");

}  // namespace waggle::test
