#include "middleware/auth.hpp"

#include "http1/field_text.hpp"

#include <memory>

namespace waggle::proxy::middleware {

local_answer unauthorized(std::string_view challenge) {
  local_answer out{401, "Content-Type: text/plain\r\nWww-Authenticate: ", "401 Unauthorized\n"};
  out.fields.append(challenge).append("\r\n");
  return out;
}

/// auth: the first of basic, digest and forward that is set. One that cannot be built takes the frontend with it.
built_step make_auth(const model::auth& options, const step_context& context) {
  if (!options.basic && !options.digest && !options.forward) return std::unique_ptr<const step>();  // headerField alone does nothing
  if (!options.header_field.empty() && (!http1::valid_name(options.header_field) || http1::is_framing(options.header_field)))
    return base::text_error{"error creating auth for frontend " + context.name + ": '" + options.header_field + "' cannot be set as a header"};
  if (options.basic) return make_basic_auth(options, context);
  if (options.digest) return make_digest_auth(options);
  return make_forward_auth(options, context);
}

}  // namespace waggle::proxy::middleware
