// The real proxy with one entry point below HTTP on 127.0.0.1, port 0: what TCP's and UDP's fixtures share.
#pragma once

#include "proxy_fixture.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/proxy/server.hpp>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::test {

proxy::options layer4_options(const char* entry_point, model::protocol protocol, unsigned workers);
/// A task's server: task_on without HTTP's scheme.
model::server layer4_task(const char* scheme, std::uint16_t port, std::uint64_t slot, const std::string& task);

/// @tparam Words  service, router, configuration: of the model; name: of the entry point, the router and the service; of(configuration).
template <class Words>
class layer4_fixture {
 public:
  using change_service = std::function<void(typename Words::service&)>;
  using change_router = std::function<void(typename Words::router&)>;

  explicit layer4_fixture(proxy::options o, proxy::endpoint_failure_handler on_failure, proxy::access_sink* access = nullptr)
      : server(std::make_unique<proxy::server>(std::move(o), log, std::move(on_failure))) {
    if (access) server->set_access_sink(*access);
    if (!server->start()) std::abort();
    const std::string at = server->bound_address(Words::name);
    port = static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
  }

  /// Everything to these servers, in turn.
  void to(std::vector<model::server> servers, const change_service& service = {}, const change_router& router = {}) {
    typename Words::service s;
    s.name = Words::name;
    s.servers = std::move(servers);
    s.scheduling.policy = model::scheduler::round_robin;
    if (service) service(s);
    typename Words::router r;
    r.name = Words::name;
    r.entry_points = {Words::name};
    r.service = Words::name;
    if (router) router(r);
    publish({{std::move(r)}, {std::move(s)}});
  }
  void publish(typename Words::configuration c) {
    ++published_;
    model::configuration all;
    Words::of(all) = std::move(c);
    skipped = server->publish({{"docker", std::make_shared<const model::configuration>(std::move(all))}});
    eventually([this] { return server->read_totals().generation >= published_; });  // every worker has it
  }
  proxy::stats stats() const { return server->read_totals(); }

  silent_sink sink;
  base::logger log{sink};
  std::unique_ptr<proxy::server> server;
  std::uint16_t port = 0;
  std::vector<proxy::skipped_router> skipped;

 private:
  std::uint64_t published_ = 0;
};

}  // namespace waggle::test
