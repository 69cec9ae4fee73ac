#include "middleware/registry.hpp"

namespace waggle::proxy::middleware {
namespace {

constexpr build_function rows[] = {
    build_white_list,
    build_redirect,
    build_custom_headers,
    build_security_headers,
    build_unserved,
};

}  // namespace

std::span<const build_function> registry() noexcept { return rows; }

/// Protections that no row above serves.
base::explained_result<void> build_unserved(const model::frontend& f, const model::backend&, const build_context&, chain&) {
  if (f.options.auth) return base::explained{"frontend " + f.name + " asks for authentication, which this version does not serve"};
  return {};
}

}  // namespace waggle::proxy::middleware
