#include "tcp_fixture.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <utility>

namespace waggle::test {

listening::listening(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int one = 1;
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(port);
  socklen_t size = sizeof at;
  if (::bind(socket_.descriptor(), reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(socket_.descriptor(), 4096) != 0) std::abort();
  ::getsockname(socket_.descriptor(), reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
}

bool listening::has_guest(std::chrono::milliseconds within) const {
  pollfd p{socket_.descriptor(), POLLIN, 0};
  return ::poll(&p, 1, static_cast<int>(within.count())) == 1;
}

raw_socket listening::accept(std::chrono::milliseconds within) {
  if (!has_guest(within)) return {};
  return raw_socket(::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC));
}

proxy::options tcp_options(unsigned workers) {
  proxy::options o;
  proxy::entry_point e;
  e.name = "pg";
  e.address = "127.0.0.1:0";
  e.protocol = model::protocol::tcp;
  o.entry_points.push_back(std::move(e));
  o.workers = workers;
  return o;
}

model::server tcp_task(std::uint16_t port, std::uint64_t slot, const std::string& task) {
  model::server s = task_on(port, slot, task.empty() ? "task" + std::to_string(port) : task);
  s.scheme = "tcp";
  s.url = "tcp://127.0.0.1:" + std::to_string(port);
  return s;
}

tcp_fixture::tcp_fixture(proxy::options o, proxy::endpoint_failure_handler on_failure, proxy::access_sink* access)
    : server(std::make_unique<proxy::server>(std::move(o), log, std::move(on_failure))) {
  if (access) server->set_access_sink(*access);
  if (!server->start()) std::abort();
  const std::string at = server->bound_address("pg");
  port = static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
}

tcp_fixture& tcp_fixture::to(std::vector<model::server> servers, const change_service& service, const change_router& router) {
  model::tcp_service s;
  s.name = "pg";
  s.servers = std::move(servers);
  s.scheduling.policy = model::scheduler::round_robin;
  if (service) service(s);
  model::tcp_router r;
  r.name = "pg";
  r.entry_points = {"pg"};
  r.service = "pg";
  if (router) router(r);
  return publish({{std::move(r)}, {std::move(s)}});
}

tcp_fixture& tcp_fixture::publish(model::tcp_configuration c) {
  ++published_;
  model::configuration all;
  all.tcp = std::move(c);
  skipped = server->publish({{"docker", std::make_shared<const model::configuration>(std::move(all))}});
  eventually([this] { return server->read_totals().generation >= published_; });  // every worker has it
  return *this;
}

}  // namespace waggle::test
