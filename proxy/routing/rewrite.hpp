// A rule's path modifiers applied to one request (Traefik 1.7 order and headers). Pure; only rules with modifiers pay.
#pragma once

#include <waggle/match/rule.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy {

struct rewritten {
  std::string path;                                              ///< to forward, encoded
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< X-Forwarded-Prefix, X-Replaced-Path, as often as it was done
  bool cut_segment = false;  ///< the prefix that was stripped ended within a segment: "/foobar" without "/foo" (Traefik 1.7)
  bool too_much = false;     ///< what comes of it is too long, or would take too long: nothing to forward
};

/// @param path  as it would be forwarded; @param decoded  as it was matched.
/// @return none if nothing can be stripped (Traefik answers 404 then).
std::optional<rewritten> apply_rewrite(const match::rewrite& how, std::string_view path, std::string_view decoded);

}  // namespace waggle::proxy
