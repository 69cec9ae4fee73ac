// A request as middlewares see it, written down shortly, and the chain that a frontend's options give.
#pragma once

#include "middleware/chain.hpp"
#include "middleware/registry.hpp"

#include <waggle/base/log.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::test {

/// Owns the bytes that request_info views.
struct asked {
  std::string method = "GET", target = "/", host = "h.example", entry_point = "http", peer = "192.0.2.1";
  std::vector<std::pair<std::string, std::string>> fields;
  bool trusted = true, tls = false;

  std::optional<proxy::middleware::local_answer> of(const proxy::middleware::chain& chain) { return of(chain, edits); }
  std::optional<proxy::middleware::local_answer> of(const proxy::middleware::chain& chain, proxy::middleware::request_edits& out) {
    proxy::http1::request_head head;
    head.method = method;
    head.target = target;
    for (const auto& [name, value] : fields) head.fields.push({name, value}, http::classify(name));
    proxy::io::ip_bytes ip{};
    proxy::io::parse_ip(peer, ip);
    const std::string_view whole(target);
    const proxy::middleware::request_info info{.head = head, .host = host, .target = whole,
                                               .path = whole.substr(0, whole.find('?')), .query = {}, .has_query = false,
                                               .peer = peer, .peer_port = 1234, .peer_ip = ip, .trusted = trusted,
                                               .entry_point = entry_point, .tls = tls, .now = 0};
    for (const auto& g : chain.guards)
      if (auto answer = g->check(info, out)) return answer;
    return std::nullopt;
  }
  proxy::middleware::request_edits edits;
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
    return proxy::middleware::build_chain(frontend, backend, {opts, limits, log, provider});
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
