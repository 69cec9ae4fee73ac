#include "middleware/registry.hpp"

#include "http1/field_text.hpp"
#include "io/side_threads.hpp"

#include <utility>
#include <variant>

namespace waggle::proxy::middleware {
namespace {

using built = base::text_result<void>;

/// Puts one middleware behind those that the chain has: a function for each kind.
struct builder {
  const model::router& router;
  const build_context& context;
  chain& out;

  built operator()(const model::white_list& o) const { return put(make_white_list(o, place()), "ipwhitelister for "); }
  built operator()(const model::redirect& o) const { return put(make_redirect(o, place()), "frontend redirect for "); }
  built operator()(const model::headers& o) const {
    if (auto ok = build_custom_headers(o, place(), out); !ok) return ok;
    return build_security_headers(o, place(), out);
  }
  built operator()(const model::auth& o) const {
    if (o.forward && !o.basic && !o.digest)
      for (const std::string& name : o.forward->auth_response_headers) out.hides_server = out.hides_server || http1::hides_way(name);
    return put(make_auth(o, place()), "Auth for ");
  }
  built operator()(const model::circuit_breaker& o) const { return build_circuit_breaker(o, router, context, out); }
  built operator()(const model::buffering& o) const {
    if (out.buffering) return base::text_error{"error setting up buffering middleware: router " + router.name + " has two of them; keep one"};
    auto made = make_buffering(o);
    if (!made) return made.error();
    out.buffering = std::move(*made);
    return {};
  }
  built operator()(const model::max_conn& o) const { return build_max_conn(o, router, context, out); }
  built operator()(const model::rate_limit& o) const { return build_rate_limit(o, router, context, out); }
  /// Looks at answers only, and needs the table's services: routing/error_pages.
  built operator()(const model::error_page&) const {
    out.pages_from.push_back(out.steps.size());
    return {};
  }
  /// Entry points have no TLS, so no client shows a certificate.
  built operator()(const model::pass_tls_client_cert&) const { return {}; }

 private:
  step_context place() const {
    return {context.opts,
            context.build_log,
            context.log,
            router.name,
            router.entry_points,
            io::side_threads::owner_of(router.swarm_service.empty() ? router.name : router.swarm_service),
            router.before_entry_steps};
  }
  built put(built_step made, const char* log_prefix) const {
    if (!made) return made.error();
    if (*made) out.steps.push_back({std::move(*made), log_prefix});
    return {};
  }
};

}  // namespace

base::text_result<chain> build_chain(const model::router& router, std::span<const std::shared_ptr<const model::middleware>> middlewares,
                                     const build_context& context) {
  chain out;
  for (const auto& m : middlewares)
    if (auto ok = std::visit(builder{router, context, out}, m->kind); !ok) return ok.error();
  return out;
}

}  // namespace waggle::proxy::middleware
