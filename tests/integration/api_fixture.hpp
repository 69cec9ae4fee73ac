// The API's server behind a real proxy, as the executable wires them: entry point "traefik" is the API's, "http" the services'.
#pragma once

#include "admin/server.hpp"
#include "proxy_fixture.hpp"
#include "startup/internal_routes.hpp"

#include "catch.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::test {

/// Counts what the API complains of.
struct counting_sink final : base::log_sink {
  std::atomic<int> errors{0};
  void write(base::log_level level, std::string) noexcept override { errors += level == base::log_level::error; }
};

struct api_settings {
  app::admin::server_limits limits{};
  std::function<void(app::startup_plan&)> change{};  ///< of entry points, workers, parts
  std::string everything{};                          ///< given: this rule leads to the API instead of its own paths
  proxy::access_sink* access = nullptr;
};

class api_fixture {
 public:
  explicit api_fixture(app::admin::request_handler answer, api_settings with = {}) : server(log, std::move(answer), with.limits) {
    plan.api = plan.metrics = plan.dashboard = true;
    for (const auto what : {app::internal_kind::api, app::internal_kind::ping, app::internal_kind::metrics})
      plan.internal.push_back({what, "traefik"});
    plan.proxy = default_options();
    proxy::entry_point e;
    e.name = "traefik";
    e.address = "127.0.0.1:0";
    e.operators = true;
    plan.proxy.entry_points.push_back(std::move(e));
    if (with.change) with.change(plan);
    plan.proxy.dial_internal = [this](const proxy::internal_call& call) { return server.connect(call); };
    plan.proxy.internal_descriptors = with.limits.descriptors();
    edge = std::make_unique<proxy::server>(plan.proxy, log);
    if (with.access) edge->set_access_sink(*with.access);
    server.start();
    REQUIRE(edge->start().has_value());
    port = port_of("traefik");
    routes = with.everything.empty() ? app::internal_routes(plan) : leading_to_api(with.everything);
    publish({});
  }
  /// The API reads nothing of the proxy's here, and the proxy asks it until its end.
  ~api_fixture() { edge.reset(); }

  std::uint16_t port_of(const std::string& entry_point) const {
    const std::string at = edge->bound_address(entry_point);
    return static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
  }
  /// Besides the API: these services, on their entry points.
  void publish(model::configuration services) {
    const auto skipped =
        edge->publish({{"docker", std::make_shared<const model::configuration>(std::move(services))}, {std::string(app::internal_provider), routes}});
    for (const auto& s : skipped) UNSCOPED_INFO(s.router.name << ": " << s.reason);
    REQUIRE(skipped.empty());
    const std::uint64_t wanted = ++published_;
    REQUIRE(eventually([&] { return edge->read_totals().generation >= wanted; }));
  }
  raw_socket connect() const { return raw_socket::connect(port); }
  answer get(const std::string& path, const std::string& fields = {}, const std::string& method = "GET") const {
    raw_socket c = connect();
    c.send(method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
    return read_answer(c, method == "HEAD");
  }

  counting_sink sink;
  base::logger log{sink};
  app::startup_plan plan;
  app::admin::server server;
  std::shared_ptr<const model::configuration> routes;
  std::unique_ptr<proxy::server> edge;
  std::uint16_t port = 0;

 private:
  static std::shared_ptr<const model::configuration> leading_to_api(const std::string& rule) {
    model::traefik1::configuration out;
    model::server s;
    s.id = s.name = s.url = app::service_of(app::internal_kind::api);
    s.internal = true;
    model::backend b;
    b.name = s.name;
    b.servers = {s};
    model::frontend f;
    f.name = "all";
    f.entry_points = {"traefik"};
    f.backend = b.name;
    f.routes = {{"r", rule}};
    f.before_entry_steps = true;
    out.backends.push_back(std::move(b));
    out.frontends.push_back(std::move(f));
    return std::make_shared<const model::configuration>(model::traefik1::translated(std::move(out)));
  }
  std::uint64_t published_ = 0;
};

/// As if a load balancer had passed on the client of this address; the entry point reads PROXY headers then.
inline std::string from_client(const std::string& address) { return "PROXY TCP4 " + address + " 127.0.0.1 40000 8080\r\n"; }

}  // namespace waggle::test
