#include "middleware/registry.hpp"

#include "http1/field_text.hpp"
#include "io/side_threads.hpp"

#include <utility>

namespace waggle::proxy::middleware {
namespace {

step_context context_of(const model::frontend& f, const build_context& c) {
  return {
      c.opts, c.build_log, c.log, f.name, f.entry_points, io::side_threads::owner_of(f.service.empty() ? f.name : f.service), f.before_entry_steps};
}

base::explained_result<void> put(chain& out, built_step made, const char* told_as) {
  if (!made) return made.error();
  if (*made) out.steps.push_back({std::move(*made), told_as});
  return {};
}

base::explained_result<void> build_white_list(const model::frontend& f, const model::backend&, const build_context& c, chain& out) {
  if (!f.options.white_list) return {};
  return put(out, make_white_list(*f.options.white_list, context_of(f, c)), "ipwhitelister for ");
}

base::explained_result<void> build_redirect(const model::frontend& f, const model::backend&, const build_context& c, chain& out) {
  if (!f.options.redirect) return {};
  return put(out, make_redirect(*f.options.redirect, context_of(f, c)), "frontend redirect for ");
}

base::explained_result<void> build_custom(const model::frontend& f, const model::backend&, const build_context& c, chain& out) {
  if (!f.options.headers) return {};
  return build_custom_headers(*f.options.headers, context_of(f, c), out);
}

base::explained_result<void> build_security(const model::frontend& f, const model::backend&, const build_context& c, chain& out) {
  if (!f.options.headers) return {};
  return build_security_headers(*f.options.headers, context_of(f, c), out);
}

base::explained_result<void> build_auth(const model::frontend& f, const model::backend&, const build_context& c, chain& out) {
  if (!f.options.auth) return {};
  const model::auth& auth = *f.options.auth;
  if (auth.forward && !auth.basic && !auth.digest)
    for (const std::string& name : auth.forward->auth_response_headers) out.hides_server = out.hides_server || http1::hides_way(name);
  return put(out, make_auth(auth, context_of(f, c)), "Auth for ");
}

constexpr build_function rows[] = {
    build_white_list,      build_redirect,  build_custom,   build_security,   build_auth,
    build_circuit_breaker, build_buffering, build_max_conn, build_rate_limit,
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

base::explained_result<chain> build_chain(const model::frontend& frontend, const model::backend& backend, const build_context& context) {
  chain out;
  // Traefik 1.7's order within a frontend (traefik1.md 8.1).
  for (const build_function build : registry()) {
    if (auto built = build(frontend, backend, context, out); !built) return built.error();
  }
  return out;
}

}  // namespace waggle::proxy::middleware
