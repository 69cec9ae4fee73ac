// The real proxy with TCP entry points on 127.0.0.1, port 0, and servers that the test itself plays.
#pragma once

#include "proxy_fixture.hpp"
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
proxy::options tcp_options(unsigned workers = 1);

/// A task's server for TCP: task_on without HTTP's scheme.
model::server tcp_task(std::uint16_t port, std::uint64_t slot = 1, const std::string& task = "");

class tcp_fixture {
 public:
  using change_service = std::function<void(model::tcp_service&)>;
  using change_router = std::function<void(model::tcp_router&)>;

  explicit tcp_fixture(proxy::options o = tcp_options(), proxy::endpoint_failure_handler on_failure = {}, proxy::access_sink* access = nullptr);
  /// Everything to these servers, in turn.
  tcp_fixture& to(std::vector<model::server> servers, const change_service& service = {}, const change_router& router = {});
  tcp_fixture& publish(model::tcp_configuration c);
  raw_socket connect(int receive_buffer = 0) const { return raw_socket::connect(port, receive_buffer); }
  proxy::stats stats() const { return server->read_totals(); }
  /// No connection is left.
  bool is_quiet() const {
    return eventually([this] { return stats().connections_open == 0; });
  }

  silent_sink sink;
  base::logger log{sink};
  std::unique_ptr<proxy::server> server;
  std::uint16_t port = 0;
  std::vector<proxy::skipped_router> skipped;

 private:
  std::uint64_t published_ = 0;
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
  passage p{edge.to({tcp_task(a.port())}), a};
};

}  // namespace waggle::test
