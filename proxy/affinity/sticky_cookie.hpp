// Which server a request's cookies ask for. Pure; cost O(cookie bytes).
#pragma once

#include "plan/backend.hpp"

#include <waggle/http/field.hpp>

#include <string>
#include <string_view>

namespace waggle::proxy::affinity {

struct cookie_target {
  bool has_cookie = false;     ///< the sticky cookie is there, whatever it says
  int server = -1;             ///< index in the backend; -1: leads to no current server
  bool via_successor = false;  ///< the server has the slot of the one that the cookie names, which left
  bool left = false;           ///< the one that it names is known to have left
  bool refresh = false;        ///< it leads there, but the cookie should say so anew
  int departed_server = -1;    ///< index in the backend's departed servers: names one that left and has no successor yet
  /// Names a server that nobody here has heard of, but that another replica may have seen start: its value.
  std::string unknown = {};
};

/// Of several cookies of that name the first counts that leads to a current server, else the one that says most: browsers send
/// those of other paths and domains along, stale ones first (RFC 6265 §5.4), and nobody can delete them from here. A quoted value is
/// unquoted. One that leads nowhere is read percent-decoded: software that hands cookies on encodes the ':' and '/' of a URL.
cookie_target read(http::field_span fields, const plan::backend& backend);

/// What the value of a sticky cookie means. Both forms are read whichever is written: cookies outlive a change of the label.
cookie_target judge(std::string_view value, const plan::backend& backend);

/// The field line of a response that makes its client come back to this server. @param put  takes a piece of text.
template <class Put>
void set_cookie(const plan::backend& b, const plan::server& s, Put&& put) {
  for (const std::string_view piece : {std::string_view("Set-Cookie: "), std::string_view(b.cookie_name), std::string_view("="), b.cookie_value(s),
                                       std::string_view(b.cookie_attributes), std::string_view("\r\n")})
    put(piece);
}

/// True if `value` names this server's URL: scheme and host without case, user info and query ignored, no path.
bool names_url(std::string_view value, std::string_view url) noexcept;

}  // namespace waggle::proxy::affinity
