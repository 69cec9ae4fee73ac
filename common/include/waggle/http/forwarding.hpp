// What the next hop is told of where a request came from: X-Forwarded-*, X-Real-Ip. The one place of these rules, for servers,
// auth servers and pages. Of a stranger nothing counts that it says itself; a trusted peer's words are continued. Pure.
#pragma once

#include <waggle/http/message.hpp>

#include <string_view>

namespace waggle::http {

/// Who sent a request to this hop.
struct sender {
  std::string_view address;  ///< as text
  bool trusted = false;      ///< what it says of the way so far counts
};

/// What depends on the attempt and on this edge, not on the request, when it is sent on.
struct next_hop {
  std::string_view host;      ///< value of Host
  sender from;                ///< who sent the request to us
  std::string_view hostname;  ///< ours, for X-Forwarded-Server
  std::string_view hops;      ///< value of X-Waggle-Hops; empty: none
};

/// Does this line count as said of the way so far?
constexpr bool counts(const field& f, const sender& from) noexcept {
  return !f.value.empty() && (f.origin == field_origin::ours || (from.trusted && f.origin == field_origin::received));
}

/// Values of X-Real-Ip, X-Forwarded-Proto, -Port and -Host: those that count, else what is seen here.
struct forwarding {
  std::string_view real_ip, proto, port, host;  ///< host: empty if none is known
};

forwarding forwarding_of(const request& r, const sender& from) noexcept;

/// X-Forwarded-For: calls f(text) for each value that counts and then for the sender's address.
template <class F>
void for_each_hop(const request& r, const sender& from, F&& f) {
  if (from.trusted || r.fields.is_edited(field_id::x_forwarded_for))
    for (const field& line : r.fields.all())
      if (line.id == field_id::x_forwarded_for && counts(line, from)) f(line.value);
  f(from.address);
}

}  // namespace waggle::http
