// A client that reads nothing and sends what is no request: the answer that it never takes must not keep its connection from being
// ended. One worker with one connection whose socket is full before it begins.
#include "connection/connection.hpp"
#include "deadline.hpp"
#include "worker/worker.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;
using test::eventually;

namespace {

struct silent final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// A connected pair of TCP sockets; the server's end takes no byte more.
struct full_pair {
  io::descriptor server, client;
  io::socket_address peer;

  full_pair() {
    const io::descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int small = 4096;
    setsockopt(listener.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(listener.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    setsockopt(client.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    REQUIRE(::connect(client.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    peer.size = sizeof peer.storage;
    server.reset(::accept4(listener.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    REQUIRE(server);
    // The kernel goes on moving bytes to the client's side for a moment: full is what stays full.
    std::size_t taken = 0;
    REQUIRE(test::comes_to_rest([&] {
      for (ssize_t n; (n = ::send(server.get(), "x", 1, MSG_NOSIGNAL)) > 0;) taken += static_cast<std::size_t>(n);
      return taken;
    }));
  }
};

struct stuck {
  silent sink;
  base::logger log{sink};
  options opts;
  std::vector<entry_settings> entries = std::vector<entry_settings>(1);
  full_pair sockets;
  worker on{0, opts, entries, log, connection::begin, nullptr};

  stuck() {
    on.start();
    on.run_and_wait([this](worker& w) { connection::begin(w, std::move(sockets.server), 0, sockets.peer); });
    constexpr std::string_view bad = "no request\r\n\r\n";
    REQUIRE(::send(sockets.client.get(), bad.data(), bad.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bad.size()));
    REQUIRE(eventually([this] { return on.count.refused_heads.read() == 1; }));
    // … and its answer is being waited for.
    REQUIRE(eventually([this] {
      std::size_t waiting = 0;
      on.run_and_wait([&](worker& w) { waiting = w.waiting.size(wait_kind::dawdling); });
      return waiting == 1;
    }));
  }
};

}  // namespace

TEST_CASE("a client that does not take the answer to a bad head gives way", "[integration][proxy][connection]") {
  stuck s;
  s.on.run_and_wait([](worker& w) { client_connection::of(*w.waiting.longest(wait_kind::dawdling)).evict(); });
  CHECK(eventually([&] { return s.on.count.connections_open.read() == 0; }));
  s.sockets.client.reset();
}

TEST_CASE("a client that does not take the answer to a bad head does not keep a worker from stopping", "[integration][proxy][connection]") {
  stuck s;
  std::atomic<bool> stopped{false};
  std::thread stopping([&] {
    s.on.stop_and_join();
    stopped = true;
  });
  CHECK(eventually([&] { return stopped.load(); }));
  s.sockets.client.reset();  // whatever came of it, the end of the client ends it
  stopping.join();
}
