#include "middleware/auth.hpp"

#include "http1/field_text.hpp"
#include "middleware/registry.hpp"

#include "io/side_threads.hpp"

namespace waggle::proxy::middleware {

local_answer unauthorized(std::string_view challenge) {
  local_answer out{401, "Content-Type: text/plain\r\nWww-Authenticate: ", "401 Unauthorized\n"};
  out.fields.append(challenge).append("\r\n");
  return out;
}

/// auth: the first of basic, digest and forward that is set. One that cannot be built takes the frontend with it.
base::explained_result<void> build_auth(const model::frontend& f, const model::backend&, const build_context& context, chain& out) {
  if (!f.options.auth) return {};
  const model::auth& options = *f.options.auth;
  if (!options.basic && !options.digest && !options.forward) return {};  // headerField alone does nothing
  if (!options.header_field.empty() && (!http1::valid_name(options.header_field) || http1::is_framing(options.header_field)))
    return base::explained{"error creating auth for frontend " + f.name + ": '" + options.header_field + "' cannot be set as a header"};
  const std::uint64_t owner = io::side_threads::owner_of(f.service.empty() ? f.name : f.service);
  auto made = options.basic    ? make_basic_auth(options, owner, context)
              : options.digest ? make_digest_auth(options, context)
                               : make_forward_auth(options, owner, context);
  if (!made) return made.error();
  if (options.forward)
    for (const std::string& name : options.forward->auth_response_headers)
      out.hides_server = out.hides_server || http1::hides_way(name);
  out.guards.push_back(std::move(*made));
  return {};
}

}  // namespace waggle::proxy::middleware
