// How often a request has been through this edge: "X-Waggle-Hops: <edge>=<turns>, …". Each edge (a process, or all replicas
// with a common key) counts its own turns under a name that nobody can guess, so a stranger can neither make up a count nor
// lower one, and a service that hands its request's fields on is a turn, not a loop. Pure.
#pragma once

#include <waggle/http/field.hpp>

#include <string>
#include <string_view>

namespace waggle::http {

/// Nobody's services call each other that deep through one edge; a route that leads back ends within milliseconds.
inline constexpr unsigned most_turns = 12;

struct hops {
  bool suspect = false;  ///< a proxy that says X-Forwarded-Server is on the way, maybe this one: counted from now on
  unsigned turns = 0;    ///< of this edge, so far
};

/// Who this edge is.
struct edge_identity {
  std::string_view edge;      ///< its name in X-Waggle-Hops; empty: nothing is counted
  std::string_view hostname;  ///< … and in X-Forwarded-Server
};

/// @param trusted  the peer's forwarding fields count: a proxy in front names itself in every request of its own, so only our own
/// name, or a way through several proxies, is suspicious. A stranger who names a proxy is told from a loop by nothing.
hops read_hops(field_span fields, const edge_identity& us, bool trusted) noexcept;

/// The value for the next hop: the own count raised by one, then those of other edges, as far as they are lawful and few.
std::string next_hops(field_span fields, std::string_view edge, unsigned turns);

}  // namespace waggle::http
