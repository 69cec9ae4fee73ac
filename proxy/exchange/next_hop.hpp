// What depends on this edge, not on the request, when it is sent on.
#pragma once

#include "exchange/incoming.hpp"
#include "routing/table.hpp"
#include "stream/client_facts.hpp"
#include "worker/worker.hpp"

#include <waggle/http/forwarding.hpp>

#include <string>
#include <string_view>

namespace waggle::proxy {

/// X-Waggle-Hops for whoever is asked next, where turns are counted; empty: not.
inline std::string next_hops(const worker& w, const incoming& in, const routing::frontend& route) {
  if (!in.hops.suspect && !route.chain.hides_server) return {};
  return http::next_hops(in.request.fields.all(), w.opts.edge, in.hops.turns);
}

inline http::next_hop next_hop(const worker& w, const client_facts& from, std::string_view host, std::string_view hops) noexcept {
  return {.host = host, .from = {from.peer(), from.trusted}, .hostname = w.opts.hostname, .hops = hops};
}

}  // namespace waggle::proxy
