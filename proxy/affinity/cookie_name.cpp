#include "affinity/cookie_name.hpp"

#include <waggle/http/sticky_cookie.hpp>

namespace waggle::proxy::affinity {

std::string cookie_name(const model::stickiness& options, std::string_view backend_name) {
  return http::sticky_cookie_name(options.cookie_name, backend_name);
}

std::string cookie_attributes(const model::stickiness& options) {
  std::string out = "; Path=/";
  if (options.http_only) out += "; HttpOnly";
  if (options.secure) out += "; Secure";
  if (options.same_site == "lax") out += "; SameSite=Lax";
  else if (options.same_site == "strict") out += "; SameSite=Strict";
  else if (options.same_site == "none") out += "; SameSite=None";
  return out;
}

}  // namespace waggle::proxy::affinity
