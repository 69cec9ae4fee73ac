// A request as middlewares see it, written down shortly, and the chain that a frontend's options give.
#pragma once

#include "client/fetch.hpp"
#include "io/descriptor.hpp"
#include "io/stream.hpp"
#include "middleware/chain.hpp"
#include "middleware/deferred.hpp"
#include "middleware/registry.hpp"
#include "traefik1.hpp"

#include <waggle/base/log.hpp>

#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <exception>
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

/// What a check decides, on a loop as a worker's would run it.
inline proxy::middleware::decision decided(proxy::middleware::deferred_check& check) {
  namespace io = proxy::io;
  struct here {
    static io::task<void> run(proxy::middleware::deferred_check& of, proxy::client::context& with, io::waiter& wait, io::stream& client,
                              proxy::middleware::decision& out) {
      out = co_await of.decide(with, wait, client);
    }
  };
  io::loop loop;
  std::array<char, 4096> input{};
  const auto head = std::make_unique<proxy::http1::response_head>();
  proxy::client::context with{loop, input, *head};
  io::waiter wait(loop);
  io::stream client(loop);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0 || !client.adopt(ends[0])) std::abort();
  const io::descriptor peer(ends[1]);
  proxy::middleware::decision out;
  bool done = false;
  io::spawn(here::run(check, with, wait, client, out), [&](std::exception_ptr) {
    done = true;
    loop.stop();
  });
  if (!done) loop.run();
  return out;
}

struct quiet_sink final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// Entry points "http" on :80, "alt" on 127.0.0.1:8080, "admin" on :9000.
struct chain_builder {
  chain_builder() {
    for (const auto& [name, address] : {std::pair{"http", ":80"}, std::pair{"alt", "127.0.0.1:8080"}, std::pair{"admin", ":9000"}}) {
      proxy::entry_point e;
      e.name = name;
      e.address = address;
      opts.entry_points.push_back(std::move(e));
    }
    frontend.name = "f";
    frontend.entry_points = {"http"};
  }
  base::text_result<proxy::middleware::chain> operator()() {
    const model::configuration all = configuration{{backend}, {frontend}};
    std::vector<std::shared_ptr<const model::middleware>> named;
    for (const std::string& name : all.http.routers.front().middlewares)
      named.push_back(all.http.middlewares.held(place_of(all.http.middlewares, name)));
    return of(all.http.routers.front(), named);
  }
  base::text_result<proxy::middleware::chain> of(const model::router& router, const std::vector<std::shared_ptr<const model::middleware>>& named) {
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
