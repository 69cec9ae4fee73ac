// The list of middlewares in the order in which they see a request. Adding one = one file and one row in registry.cpp.
#pragma once

#include "middleware/chain.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace waggle::proxy::middleware {

/// Adds to the chain what the options ask for (usually nothing), or says why the frontend cannot be served.
using build_function = base::explained_result<void> (*)(const model::frontend&, const model::backend&, const build_context&, chain&);

std::span<const build_function> registry() noexcept;

/// What making a step may need besides its option: where it stands.
struct step_context {
  const options& opts;
  base::logger& build_log;  ///< as in build_context
  base::logger& log;
  const std::string& name;                    ///< the frontend's or entry point's
  std::span<const std::string> entry_points;  ///< through which requests come to it
  std::uint64_t owner;                        ///< whose share of the side threads slow checks take (io::side_threads)
  bool operators = false;                     ///< the API's: they take threads apart from the services', in shares by client
};

/// A step; null where there is nothing to do.
using built_step = base::explained_result<std::unique_ptr<const step>>;

built_step make_white_list(const model::white_list& options, const step_context& context);
built_step make_redirect(const model::redirect& options, const step_context& context);
built_step make_auth(const model::auth& options, const step_context& context);

base::explained_result<void> build_custom_headers(const model::headers& options, const step_context& context, chain& out);
base::explained_result<void> build_security_headers(const model::headers& options, const step_context& context, chain& out);
base::explained_result<void> build_buffering(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_circuit_breaker(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_max_conn(const model::frontend&, const model::backend&, const build_context&, chain&);
base::explained_result<void> build_rate_limit(const model::frontend&, const model::backend&, const build_context&, chain&);

/// @return why the frontend must be skipped (Traefik's words where it has some): a protection that cannot be given must not
/// become an open door.
base::explained_result<chain> build_chain(const model::frontend& frontend, const model::backend& backend, const build_context& context);

}  // namespace waggle::proxy::middleware
