// The list of middlewares in the order in which they see a request. Adding one = one file and one row here.
#pragma once

#include "middleware/chain.hpp"

#include <span>

namespace waggle::proxy::middleware {

/// Adds to the chain what the options ask for (usually nothing), or says why the frontend cannot be served.
using build_function = base::explained_result<void> (*)(const model::frontend&, const model::backend&,
                                                        const build_context&, chain&);

std::span<const build_function> registry() noexcept;

base::explained_result<void> build_white_list(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_redirect(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_custom_headers(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_buffering(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_security_headers(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_auth(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_circuit_breaker(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_max_conn(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_rate_limit(const model::frontend&, const model::backend&, const build_context&, chain&);

/// @return why the frontend must be skipped (Traefik's words where it has some): a protection that cannot be given must not
/// become an open door.
base::explained_result<chain> build_chain(const model::frontend& frontend, const model::backend& backend,
                                          const build_context& context);

}  // namespace waggle::proxy::middleware
