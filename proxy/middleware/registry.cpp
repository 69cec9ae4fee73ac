#include "middleware/registry.hpp"

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

}  // namespace waggle::proxy::middleware
