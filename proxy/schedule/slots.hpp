// The servers of one service by slot: what hashes and persistence remember, since a task that is replaced keeps its slot and gets another
// address. As one publish left them; immutable.
#pragma once

#include "schedule/server_state.hpp"
#include "schedule/siphash.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace waggle::proxy::schedule {

/// Which slot, as a number: keyed hash of server_facts::slot_key. 0: none.
using slot_id = std::uint64_t;

inline constexpr std::uint32_t most_weight = 65'535;

/// What a publish says of one server.
struct server_facts {
  std::string slot_key;       ///< Swarm service and slot, no address and no port; equal for a task and the one that takes its place
  std::uint32_t weight = 1;   ///< more than most_weight counts as that; 0: quiesced
  std::uint64_t arrival = 0;  ///< grows with each server that joins: of two tasks in one slot (start-first) the newer one comes first
  bool operator==(const server_facts&) const = default;
};

class slots {
 public:
  slots(std::span<const server_facts> servers, const key16& hash_key);

  std::size_t servers() const noexcept { return of_server_.size(); }
  /// Number of slots. Their order comes from their keys alone, so that replicas agree on it.
  std::size_t size() const noexcept { return slots_.size(); }
  std::uint32_t weight(std::size_t i) const noexcept { return slots_[i].weight; }
  slot_id id(std::size_t i) const noexcept { return slots_[i].id; }
  slot_id id_of_server(std::size_t i) const noexcept { return of_server_[i].id; }
  std::uint32_t weight_of_server(std::size_t i) const noexcept { return of_server_[i].weight; }
  /// Of each slot, in their order.
  std::vector<std::uint32_t> weights() const;
  /// @return the slot's number; -1: no server has it. Cost: O(log n).
  int find(slot_id id) const noexcept;
  /// The newest server of this slot for which ok(index) holds; -1: none.
  template <class Ok>
  int newest(std::size_t of, Ok&& ok) const noexcept {
    for (std::size_t i = slots_[of].begin; i < slots_[of].end; ++i)
      if (ok(members_[i])) return static_cast<int>(members_[i]);
    return -1;
  }

 private:
  struct slot {
    slot_id id;
    std::uint32_t weight;  ///< the largest of its servers
    std::uint32_t begin, end;
  };
  struct server {
    slot_id id;
    std::uint32_t weight;
  };
  std::vector<server> of_server_;
  std::vector<std::uint32_t> members_;  ///< servers by slot, newest first
  std::vector<slot> slots_;             ///< sorted by id
};

}  // namespace waggle::proxy::schedule
