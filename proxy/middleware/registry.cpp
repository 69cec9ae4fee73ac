#include "middleware/registry.hpp"

#include <utility>

namespace waggle::proxy::middleware {
namespace {

constexpr build_function rows[] = {
    build_white_list,
    build_redirect,
    build_custom_headers,
    build_security_headers,
    build_auth,
    build_circuit_breaker,
    build_buffering,
    build_max_conn,
    build_rate_limit,
};

}  // namespace

std::span<const build_function> registry() noexcept { return rows; }

base::explained_result<void> build_buffering(const model::frontend&, const model::backend& b, const build_context&, chain& out) {
  if (!b.buffering) return {};
  auto made = make_buffering(*b.buffering);
  if (!made) return made.error();
  out.buffering = std::move(*made);
  return {};
}

base::explained_result<chain> build_chain(const model::frontend& frontend, const model::backend& backend,
                                          const build_context& context) {
  chain out;
  // Traefik 1.7's order within a frontend (traefik1.md 8.1).
  for (const build_function build : registry()) {
    if (auto built = build(frontend, backend, context, out); !built) return built.error();
  }
  return out;
}

}  // namespace waggle::proxy::middleware
