// Where a client goes whose address may be remembered: to its slot as long as that can serve it, else where the scheduler says. Pure.
#pragma once

#include "schedule/plan.hpp"

#include <cstddef>
#include <span>

namespace waggle::proxy::schedule {

struct choice {
  int server = -1;        ///< -1: none
  bool kept = false;      ///< it is what was remembered
  bool remember = false;  ///< tell the persistence table of the connection to it; else it is an exception for this once
};

/// @param remembered  the slot that the persistence table has for the client; 0: none.
/// - its weight is 0: it stays all the same, until the entry has run out (as IPVS does, expire_quiescent_template = 0);
/// - it has no server now (task left, none in its place): chosen anew and remembered;
/// - its server is full, held down or has refused this connection: chosen anew for this once.
inline choice choose(const plan& p, shared_state& shared, std::span<const server_state> servers, const client& from, random& r,
                     slot_id remembered) noexcept {
  if (servers.size() != p.size()) return {};
  const int slot = remembered != 0 ? p.published().find(remembered) : -1;
  if (slot >= 0) {
    const auto newest = [&](auto ok) { return p.published().newest(static_cast<std::size_t>(slot), ok); };
    int server = newest([&](std::size_t i) { return servers[i].usable(); });
    if (server < 0) server = newest([&](std::size_t i) { return servers[i].may; });
    if (server >= 0) return {server, true, true};
  }
  const int server = p.pick(shared, servers, from, r);
  return {server, false, server >= 0 && slot < 0};
}

}  // namespace waggle::proxy::schedule
