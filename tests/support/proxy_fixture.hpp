// The real proxy on 127.0.0.1 with port 0, configurations written down shortly, and raw clients.
#pragma once

#include "fake_server.hpp"
#include "http_text.hpp"
#include "socket.hpp"
#include "traefik1.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/server.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace waggle::test {

struct silent_sink final : base::log_sink {
  std::function<void(const std::string& line)> heard;  ///< set before the proxy is asked anything; called by any thread
  void write(base::log_level, std::string line) noexcept override {
    if (heard) heard(line);
  }
};

/// A port that refuses connections: bound, never listened on.
class dead_port {
 public:
  dead_port();
  ~dead_port() { ::close(fd_); }
  dead_port(const dead_port&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

proxy::options default_options();

model::server server_on(std::uint16_t port, const std::string& task = "");

struct site {
  std::string rule;
  std::vector<model::server> servers;
  bool sticky = false;
  bool pass_host = true;
  std::chrono::milliseconds hold{0};
  std::uint64_t replicas = model::unknown_replicas;
  std::optional<model::health_check> health{};
  model::server_timeouts timeouts{};
  std::chrono::milliseconds slow_start{0};
};

/// A task of service "web" in a slot.
model::server task_on(std::uint16_t port, std::uint64_t slot, const std::string& task);

/// One frontend and one backend for each site.
configuration configuration_of(const std::vector<site>& sites);

class proxy_fixture {
 public:
  explicit proxy_fixture(proxy::options o = default_options(), proxy::endpoint_failure_handler on_failure = {}, proxy::access_sink* access = nullptr);
  /// Everything to these servers.
  proxy_fixture& to(std::vector<model::server> servers, bool sticky = false);
  proxy_fixture& publish(const std::vector<site>& sites);
  raw_socket connect(int receive_buffer = 0) const { return raw_socket::connect(port, receive_buffer); }
  /// One request on its own connection.
  answer get(const std::string& path = "/", const std::string& fields = {}) const;
  proxy::stats stats() const { return server->read_totals(); }
  /// Figures of the server at a port of this host, without its texts; all zero if the table has none.
  proxy::server_figures figures_of(std::uint16_t server_port) const;
  /// Connections that are kept for reuse, to all servers of the table.
  std::uint64_t idle_open() const;

  silent_sink sink;
  base::logger log{sink};
  std::unique_ptr<proxy::server> server;
  std::uint16_t port = 0;
  std::vector<proxy::skipped_router> skipped;

 private:
  std::uint64_t published_ = 0;
};

inline const std::string get_root = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace waggle::test
