// What basic, digest and forward auth have in common, and how each is made. Traefik 1.7 section 8.4.
#pragma once

#include "middleware/chain.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

inline constexpr std::string_view realm = "traefik";

using built_guard = base::explained_result<std::unique_ptr<const guard>>;

/// @param owner  whose share of the side threads slow checks take (io::side_threads): the service's.
built_guard make_basic_auth(const model::auth& options, std::uint64_t owner, const build_context& context);
built_guard make_digest_auth(const model::auth& options, const build_context& context);
built_guard make_forward_auth(const model::auth& options, std::uint64_t owner, const build_context& context);

/// 401 as Traefik gives it. @param challenge value of Www-Authenticate.
local_answer unauthorized(std::string_view challenge);

/// What an authenticated request tells the server.
inline void announce_user(const model::auth& options, bool remove_header, const std::string& name, request_edits& edits) {
  edits.user = name;
  if (!options.header_field.empty()) set_field(edits, options.header_field, name);
  if (remove_header) remove_field(edits, "Authorization");
}

/// A name that is not proven: nobody is told of it, not even whoever serves the error page.
inline void withhold_user(const model::auth& options, request_edits& edits) {
  if (!options.header_field.empty()) remove_field(edits, options.header_field);
  remove_field(edits, "Authorization");
}

}  // namespace waggle::proxy::middleware
