// The real proxy with TCP entry points on 127.0.0.1, port 0, and servers that the test itself plays.
#pragma once

#include "layer4_fixture.hpp"
#include "socket.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/proxy/server.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace waggle::test {

/// A listening socket: connections wait in its queue until the test takes them.
class listening {
 public:
  explicit listening(std::uint16_t port = 0);
  std::uint16_t port() const noexcept { return port_; }
  /// The next connection; closed if none comes within the time.
  raw_socket accept(std::chrono::milliseconds within = patience());
  bool has_guest(std::chrono::milliseconds within) const;
  void close() noexcept { socket_.close(); }

 private:
  raw_socket socket_;
  std::uint16_t port_ = 0;
};

/// One entry point, "pg".
inline proxy::options tcp_options(unsigned workers = 1) { return layer4_options("pg", model::protocol::tcp, workers); }

inline model::server tcp_task(std::uint16_t port, std::uint64_t slot = 1, const std::string& task = "") {
  return layer4_task("tcp", port, slot, task);
}

struct tcp_words {
  using service = model::tcp_service;
  using router = model::tcp_router;
  using configuration = model::tcp_configuration;
  static constexpr const char* name = "pg";
  static configuration& of(model::configuration& c) { return c.tcp; }
};

class tcp_fixture : public layer4_fixture<tcp_words> {
 public:
  explicit tcp_fixture(proxy::options o = tcp_options(), proxy::endpoint_failure_handler on_failure = {}, proxy::access_sink* access = nullptr)
      : layer4_fixture(std::move(o), std::move(on_failure), access) {}
  raw_socket connect(int receive_buffer = 0) const { return raw_socket::connect(port, receive_buffer); }
  /// No connection is left.
  bool is_quiet() const {
    return eventually([this] { return stats().connections_open == 0; });
  }
};

/// Both ends of one connection through the proxy.
struct passage {
  raw_socket client, server;
  /// The kernel of the server has it sooner than the proxy knows: it stands when something has come through.
  passage(const tcp_fixture& edge, listening& at) : client(edge.connect()), server(at.accept()) {
    if (!server.is_open() || !server.send(".") || client.read_exactly(1) != ".") server.close();
  }
};

/// The usual beginning: one server, and one connection that stands.
struct one_passage {
  listening a;
  tcp_fixture edge;
  passage p = begin();

 private:
  passage begin() {
    edge.to({tcp_task(a.port())});
    return {edge, a};
  }
};

}  // namespace waggle::test
