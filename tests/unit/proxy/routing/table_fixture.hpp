// Model values for tests of compile and table, written down shortly.
#pragma once

#include "traefik1.hpp"

#include "routing/compile.hpp"

#include <waggle/base/log.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::test {

struct null_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

inline model::server server_at(int host, std::uint16_t port = 80, int weight = 1) {
  model::server s;
  s.host = "10.0.0." + std::to_string(host);
  s.port = port;
  s.url = "http://" + s.host + ":" + std::to_string(port);
  s.id = "task" + std::to_string(host) + "@" + s.host;
  s.name = "server-" + std::to_string(host);
  s.weight = weight;
  return s;
}

inline model::backend backend(std::string name, std::vector<model::server> servers) {
  model::backend b;
  b.name = std::move(name);
  b.servers = std::move(servers);
  return b;
}

inline model::frontend frontend(std::string name, std::string rule, std::string to, int priority = 0,
                                std::vector<std::string> entry_points = {"http"}) {
  model::frontend f;
  f.name = std::move(name);
  f.entry_points = std::move(entry_points);
  f.backend = std::move(to);
  f.routes = {{"route-" + f.name, std::move(rule)}};
  f.priority = priority;
  return f;
}

inline std::vector<model::provider_configuration> of(const configuration& c) { return {{"docker", shared(c)}}; }

/// A compiler with entry points "http" and "admin".
struct compiling {
  compiling() {
    for (const char* name : {"http", "admin"}) {
      proxy::entry_point e;
      e.name = name;
      e.address = ":0";
      opts.entry_points.push_back(std::move(e));
    }
  }
  proxy::options opts;
  null_sink sink;
  base::logger log{sink, base::log_level::debug};
  proxy::routing::compiler compiler{opts, log};
  proxy::routing::compiler::outcome operator()(const model::configuration& c) {
    return compiler.compile({{"docker", std::make_shared<const model::configuration>(c)}});
  }
  proxy::routing::compiler::outcome operator()(const configuration& c) {
    last = with_known(c, last);
    return (*this)(last);
  }
  model::configuration last{};  ///< that was written down in Traefik 1's words
};

inline match::request_view get(std::string_view host, std::string_view path) { return {"GET", host, path, {}, {}}; }

inline std::string found(const proxy::routing::table& t, const match::request_view& r, std::size_t entry = 0) {
  const proxy::routing::route_hit hit = t.find(entry, r);
  return hit.to ? hit.to->name : "-";
}

}  // namespace waggle::test
