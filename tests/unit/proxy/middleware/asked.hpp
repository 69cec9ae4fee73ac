// A request as middlewares see it, written down shortly, and the chain that a frontend's options give.
#pragma once

#include "traefik1.hpp"

#include "middleware/chain.hpp"
#include "middleware/deferred.hpp"
#include "middleware/registry.hpp"

#include <waggle/base/log.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace waggle::test {

/// Owns the bytes of a request; what came of it stays readable until it is asked again.
struct asked {
  std::string method = "GET", target = "/", host = "h.example", entry_point = "http", peer = "192.0.2.1";
  std::vector<std::pair<std::string, std::string>> fields;
  bool trusted = true, tls = false;

  /// @return the answer of the first step that gives one; none if all pass, or one waits.
  std::optional<proxy::middleware::local_answer> of(const proxy::middleware::chain& chain) {
    begin();
    std::size_t next = 0;
    said = {};
    limits.finish({});
    proxy::middleware::step_result result = run_steps(chain.steps, next, about(), request, said, limits);
    waits = nullptr;
    if (auto* const check = std::get_if<std::shared_ptr<proxy::middleware::deferred_check>>(&result)) waits = std::move(*check);
    if (auto* const answer = std::get_if<proxy::middleware::local_answer>(&result)) return std::move(*answer);
    return std::nullopt;
  }
  /// The request as it came.
  void begin() {
    memory = std::make_unique<http::heap_arena>();
    request = {};
    request.method = method;
    request.scheme = tls ? "https" : "http";
    request.authority = host;
    request.target = target;
    request.path = request.match_path = std::string_view(target).substr(0, target.find('?'));
    if (const std::size_t question = target.find('?'); question != std::string::npos) {
      request.has_query = true;
      request.query = std::string_view(target).substr(question + 1);
    }
    request.fields.begin(*memory, fields.size());
    for (const auto& [name, value] : fields) http::add_received(request, {name, value, http::classify(name)});
  }
  proxy::middleware::request_info about() {
    ip = {};
    proxy::io::parse_ip(peer, ip);
    return {.request = request, .peer = peer, .peer_port = 1234, .peer_ip = ip, .trusted = trusted, .entry_point = entry_point, .tls = tls};
  }
  http::arena& arena() { return *memory; }
  /// Values of all lines that a server may read as `name`, in order.
  std::vector<std::string> values(std::string_view name) const {
    std::vector<std::string> out;
    for (const http::field& f : request.fields.all())
      if (http::reads_as(f.name, name)) out.emplace_back(f.value);
    return out;
  }

  http::request request;
  proxy::middleware::passed said;
  proxy::middleware::passed_limits limits;  ///< those that let it in
  std::shared_ptr<proxy::middleware::deferred_check> waits;

 private:
  std::unique_ptr<http::heap_arena> memory;
  proxy::io::ip_bytes ip{};
};

struct quiet_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// Entry points "http" on :80, "alt" on 127.0.0.1:8080; "admin" on :9000 is somebody else's.
struct chain_builder {
  chain_builder() {
    for (const auto& [name, address] : {std::pair{"http", ":80"}, std::pair{"alt", "127.0.0.1:8080"}}) {
      proxy::entry_point e;
      e.name = name;
      e.address = address;
      opts.entry_points.push_back(std::move(e));
    }
    proxy::entry_point other;
    other.name = "admin";
    other.address = ":9000";
    opts.other_entry_points.push_back(std::move(other));
    frontend.name = "f";
    frontend.entry_points = {"http"};
  }
  base::explained_result<proxy::middleware::chain> operator()() {
    const model::configuration all = configuration{{backend}, {frontend}};
    std::vector<std::shared_ptr<const model::middleware>> named;
    for (const std::string& name : all.http.routers.front().middlewares)
      named.push_back(all.http.middlewares.held(place_of(all.http.middlewares, name)));
    return of(all.http.routers.front(), named);
  }
  base::explained_result<proxy::middleware::chain> of(const model::router& router,
                                                      const std::vector<std::shared_ptr<const model::middleware>>& named) {
    return proxy::middleware::build_chain(router, named, {opts, limits, log, log, provider});
  }
  model::frontend frontend;
  model::backend backend;
  proxy::options opts;
  proxy::middleware::limit_registry limits;
  quiet_sink sink;
  base::logger log{sink};
  std::string provider = "docker";
};

inline std::string location(const proxy::middleware::local_answer& a) {
  const std::size_t at = a.fields.find("Location: ");
  return at == std::string::npos ? "" : a.fields.substr(at + 10, a.fields.find("\r\n", at) - at - 10);
}

}  // namespace waggle::test
