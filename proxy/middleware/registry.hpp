// From the model's middlewares to a chain. Adding a kind: its options in common/model/middleware, a file here that makes the step, and
// a line in registry.cpp.
#pragma once

#include "middleware/chain.hpp"

#include <waggle/model/middleware.hpp>
#include <waggle/model/router.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace waggle::proxy::middleware {

/// What making a step may need besides its option: where it stands.
struct step_context {
  const options& opts;
  base::logger& build_log;  ///< as in build_context
  base::logger& log;
  const std::string& name;                    ///< the router's or entry point's
  std::span<const std::string> entry_points;  ///< through which requests come to it
  std::uint64_t owner;                        ///< whose share of the side threads slow checks take (io::side_threads)
  bool operators = false;                     ///< the API's: they take threads apart from the services', in shares by client
};

/// A step; null where there is nothing to do.
using built_step = base::text_result<std::unique_ptr<const step>>;

built_step make_white_list(const model::white_list& options, const step_context& context);
built_step make_redirect(const model::redirect& options, const step_context& context);
built_step make_auth(const model::auth& options, const step_context& context);

// These add what the options ask for (it may be nothing), or say why the router cannot be served.
base::text_result<void> build_custom_headers(const model::headers& options, const step_context& context, chain& out);
base::text_result<void> build_security_headers(const model::headers& options, const step_context& context, chain& out);
base::text_result<void> build_circuit_breaker(const model::circuit_breaker& options, const model::router& router, const build_context& context,
                                              chain& out);
base::text_result<void> build_max_conn(const model::max_conn& options, const model::router& router, const build_context& context, chain& out);
base::text_result<void> build_rate_limit(const model::rate_limit& options, const model::router& router, const build_context& context, chain& out);

/// In their order. @return why the router must be skipped (Traefik's words where it has some): a protection that cannot be given must
/// not become an open door.
base::text_result<chain> build_chain(const model::router& router, std::span<const std::shared_ptr<const model::middleware>> middlewares,
                                     const build_context& context);

}  // namespace waggle::proxy::middleware
