// What basic, digest and forward auth have in common, and how each is made. Traefik 1.7 section 8.4.
#pragma once

#include "middleware/registry.hpp"

#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

inline constexpr std::string_view realm = "traefik";

built_step make_basic_auth(const model::auth& options, const step_context& context);
built_step make_digest_auth(const model::auth& options);
built_step make_forward_auth(const model::auth& options, const step_context& context);

/// 401 as Traefik gives it. @param challenge value of Www-Authenticate.
local_answer unauthorized(std::string_view challenge);

/// What an authenticated request tells the server.
inline passed announce_user(const model::auth& options, bool remove_header, const std::string& name, http::request& request) {
  if (!options.header_field.empty()) request.fields.set(options.header_field, name);
  if (remove_header) request.fields.remove("Authorization");
  return passed{.user = name};
}

/// A name that is not proven: nobody is told of it, not even whoever serves the error page.
inline void withhold_user(const model::auth& options, http::request& request) {
  if (!options.header_field.empty()) request.fields.remove(options.header_field);
  request.fields.remove("Authorization");
}

}  // namespace waggle::proxy::middleware
