// The real proxy on 127.0.0.1 with port 0, configurations written down shortly, and raw clients.
#pragma once

#include "fake_server.hpp"
#include "http_text.hpp"
#include "socket.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/server.hpp>

#include <cstdlib>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace waggle::test {

struct silent_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// A port that refuses connections: bound, never listened on.
class dead_port {
 public:
  dead_port() {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0) std::abort();
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  ~dead_port() { ::close(fd_); }
  dead_port(const dead_port&) = delete;
  std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

inline proxy::options default_options() {
  proxy::options o;
  proxy::entry_point e;
  e.name = "http";
  e.address = "127.0.0.1:0";
  o.entry_points.push_back(std::move(e));
  o.hostname = "edge";
  return o;
}

inline model::server server_on(std::uint16_t port, const std::string& task = "") {
  model::server s;
  s.host = "127.0.0.1";
  s.port = port;
  s.url = "http://127.0.0.1:" + std::to_string(port);
  s.id = (task.empty() ? "task" + std::to_string(port) : task) + "@" + s.host + ":" + std::to_string(port);
  s.name = "server-" + std::to_string(port);
  return s;
}

struct site {
  std::string rule;
  std::vector<model::server> servers;
  bool sticky = false;
  bool pass_host = true;
  std::chrono::milliseconds hold{0};
  std::uint64_t replicas = model::backend::unknown_replicas;
  std::optional<model::health_check> health{};
};

/// A task of service "web" in a slot.
inline model::server task_on(std::uint16_t port, std::uint64_t slot, const std::string& task) {
  model::server s = server_on(port, task);
  s.origin = {"web", "web", task, slot, "node1"};
  return s;
}

/// One frontend and one backend for each site.
inline model::configuration configuration_of(const std::vector<site>& sites) {
  model::configuration c;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    model::backend b;
    b.name = "backend-" + std::to_string(i);
    b.servers = sites[i].servers;
    b.hold = sites[i].hold;
    b.replicas = sites[i].replicas;
    b.health_check = sites[i].health;
    if (sites[i].sticky) {
      b.load_balancer = model::load_balancer{"wrr", false, model::stickiness{}};
      b.load_balancer->stickiness->cookie_name = "SRV";
    }
    model::frontend f;
    f.name = "frontend-" + std::to_string(i);
    f.entry_points = {"http"};
    f.backend = b.name;
    f.routes = {{"route", sites[i].rule}};
    f.pass_host_header = sites[i].pass_host;
    c.backends.push_back(std::move(b));
    c.frontends.push_back(std::move(f));
  }
  return c;
}

class proxy_fixture {
 public:
  explicit proxy_fixture(proxy::options o = default_options(), proxy::endpoint_failure_handler on_failure = {},
                         proxy::access_sink* access = nullptr)
      : server(std::make_unique<proxy::server>(std::move(o), log, std::move(on_failure))) {
    if (access) server->set_access_sink(*access);
    if (!server->start()) std::abort();
    const std::string at = server->bound_address("http");
    port = static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
  }
  /// Everything to these servers.
  proxy_fixture& to(std::vector<model::server> servers, bool sticky = false) { return publish({{"PathPrefix:/", std::move(servers), sticky, true}}); }
  proxy_fixture& publish(const std::vector<site>& sites) {
    ++published_;
    skipped = server->publish({{"docker", std::make_shared<const model::configuration>(configuration_of(sites))}});
    eventually([this] { return server->read_stats().generation >= published_; });  // every worker has it
    return *this;
  }
  raw_socket connect(int receive_buffer = 0) const { return raw_socket::connect(port, receive_buffer); }
  /// One request on its own connection.
  answer get(const std::string& path = "/", const std::string& fields = {}) const {
    raw_socket c = connect();
    c.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    return read_answer(c);
  }
  proxy::stats stats() const { return server->read_stats(); }

  silent_sink sink;
  base::logger log{sink};
  std::unique_ptr<proxy::server> server;
  std::uint16_t port = 0;
  std::vector<proxy::skipped_frontend> skipped;

 private:
  std::uint64_t published_ = 0;
};

inline const std::string get_root = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace waggle::test
