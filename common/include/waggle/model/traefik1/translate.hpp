// Traefik 1's frontends and backends as routers, services and middlewares, and what these are in its words: its API, its log and
// its labels speak of nothing else. Pure; each way and back is the identity.
#pragma once

#include <waggle/model/configuration.hpp>
#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::model::traefik1 {

/// Both sorted by name.
struct configuration {
  parts<backend> backends;
  parts<frontend> frontends;
  bool operator==(const configuration&) const = default;
};

model::configuration translated(configuration from);

// Its pieces, for who makes them one by one.
struct frontend_pieces {
  model::router router;  ///< without its middlewares' names: they are a matter of the backend as well (put_in_order)
  std::vector<middleware> middlewares;
};
struct backend_pieces {
  model::service service;
  std::vector<middleware> middlewares;
};
frontend_pieces pieces_of(frontend from);
backend_pieces pieces_of(backend from);
/// What a router names: middlewares of its frontend, then those of its backend, are put in the order in which Traefik 1.7 asks them
/// (traefik1.md 8.1): error pages, white list, redirect, headers, client certificate, auth, circuit breaker, buffering, connection limit, rate limit.
void put_in_order(std::vector<const middleware*>& of_both);

/// A router that Traefik 1 could not have (two middlewares of a kind) shows the first.
frontend frontend_of(const http_configuration& all, const router& one);
/// A service without servers of its own is a backend without servers.
backend backend_of(const http_configuration& all, const service& one);
configuration view_of(const model::configuration& all);

/// A backend's middlewares; null: it has none of that kind.
struct backend_middlewares {
  const model::circuit_breaker* circuit_breaker = nullptr;
  const model::buffering* buffering = nullptr;
  const model::max_conn* max_conn = nullptr;
};
backend_middlewares middlewares_of_backend(const http_configuration& all, std::string_view service);
/// The backend that asked for it; empty: a frontend did, or nobody in Traefik 1.
std::string_view backend_behind(const middleware& one) noexcept;
/// A frontend's: those of a router that are not its backend's.
frontend_options options_of(const http_configuration& all, const router& one);

}  // namespace waggle::model::traefik1
