#include "proxy_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>

namespace waggle::test {

dead_port::dead_port() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) != 0) std::abort();
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

proxy::options default_options() {
  proxy::options o;
  proxy::entry_point e;
  e.name = "http";
  e.address = "127.0.0.1:0";
  o.entry_points.push_back(std::move(e));
  o.hostname = "edge";
  return o;
}

model::server server_on(std::uint16_t port, const std::string& task) {
  model::server s;
  s.host = "127.0.0.1";
  s.port = port;
  s.url = "http://127.0.0.1:" + std::to_string(port);
  s.id = (task.empty() ? "task" + std::to_string(port) : task) + "@" + s.host + ":" + std::to_string(port);
  s.name = "server-" + std::to_string(port);
  return s;
}

model::server task_on(std::uint16_t port, std::uint64_t slot, const std::string& task) {
  model::server s = server_on(port, task);
  s.origin = {"web", "web", task, slot, "node1", {}};
  return s;
}

configuration configuration_of(const std::vector<site>& sites) {
  configuration c;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    model::backend b;
    b.name = "backend-" + std::to_string(i);
    b.servers = sites[i].servers;
    b.hold = sites[i].hold;
    b.replicas = sites[i].replicas;
    b.health_check = sites[i].health;
    b.timeouts = sites[i].timeouts;
    b.slow_start = sites[i].slow_start;
    if (sites[i].sticky) {
      b.balance = model::balance_options{"wrr", false, model::stickiness{}};
      b.balance->stickiness->cookie_name = "SRV";
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

proxy_fixture::proxy_fixture(proxy::options o, proxy::endpoint_failure_handler on_failure, proxy::access_sink* access)
    : server(std::make_unique<proxy::server>(std::move(o), log, std::move(on_failure))) {
  if (access) server->set_access_sink(*access);
  if (!server->start()) std::abort();
  const std::string at = server->bound_address("http");
  port = static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
}

proxy_fixture& proxy_fixture::to(std::vector<model::server> servers, bool sticky) {
  return publish({{"PathPrefix:/", std::move(servers), sticky, true}});
}

proxy_fixture& proxy_fixture::publish(const std::vector<site>& sites) {
  ++published_;
  skipped = server->publish({{"docker", std::make_shared<const model::configuration>(configuration_of(sites))}});
  eventually([this] { return server->read_totals().generation >= published_; });  // every worker has it
  return *this;
}

answer proxy_fixture::get(const std::string& path, const std::string& fields) const {
  raw_socket c = connect();
  c.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
  return read_answer(c);
}

proxy::server_figures proxy_fixture::figures_of(std::uint16_t server_port) const {
  const proxy::figures all = server->read_figures();
  for (const proxy::server_figures& one : all.servers) {
    if (one.url != "http://127.0.0.1:" + std::to_string(server_port)) continue;
    proxy::server_figures out = one;
    out.backend = out.url = {};  // views into what `all` keeps
    out.origin = &proxy::no_origin;
    return out;
  }
  return {};
}

std::uint64_t proxy_fixture::idle_open() const {
  std::uint64_t n = 0;
  const proxy::figures all = server->read_figures();
  for (const proxy::server_figures& one : all.servers) n += one.idle;
  return n;
}

}  // namespace waggle::test
