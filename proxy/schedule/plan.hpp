// How one service shares out its clients, as one publish left it: what does not change until the next, and the choice of a server with what
// does. Knows no clock, no socket and no lock.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/registry.hpp"
#include "schedule/slots.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstddef>
#include <memory>
#include <span>

namespace waggle::proxy::schedule {

/// Immutable, shared by workers.
class plan {
 public:
  /// @param hash_key  the same in every replica of waggle, so that mh and sh agree; and in every plan of this process, for persistence groups.
  /// Cost: mh some 65,521 × log(servers) at most, others O(servers).
  static std::shared_ptr<const plan> make(const model::scheduling& how, std::span<const server_facts> servers, const key16& hash_key);

  plan(const model::scheduling& how, std::span<const server_facts> servers, const key16& hash_key);

  const model::scheduling& how() const noexcept { return how_; }
  std::size_t size() const noexcept { return slots_.servers(); }
  const slots& published() const noexcept { return slots_; }
  /// What persistence remembers of a server.
  slot_id slot_of(std::size_t server) const noexcept { return slots_.id_of_server(server); }

  /// The scheduler's choice. @param servers  as many as were published, in that order. @return index; -1: there is none for this client.
  /// Thread: any; `random` is the caller's own.
  int pick(shared_state& shared, std::span<const server_state> servers, const client& from, schedule::random& random) const noexcept;

 private:
  model::scheduling how_;
  slots slots_;
  any_scheduler scheduler_;
};

}  // namespace waggle::proxy::schedule
