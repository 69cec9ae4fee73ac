// Persistence below HTTP: which slot a client's network had, for a while after its last connection. One table a process, in shards with a lock
// each, touched when a connection begins and ends. Bounded: at its limit the one that was not used for longest goes.
#pragma once

#include "io/timer_wheel.hpp"
#include "schedule/persistence_entry.hpp"
#include "schedule/siphash.hpp"
#include "schedule/slots.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace waggle::proxy::schedule {

/// Thread: any. `now` is of one clock for all callers.
class persistence_table {
 public:
  static constexpr std::size_t usual_limit = 1'000'000;
  /// An entry outlives its last connection by this or its timeout, whichever is less, so that a client that comes back at once finds its server
  /// (as the kernel's templates, net/netfilter/ipvs/ip_vs_conn.c).
  static constexpr io::time_ms farewell = 60'000;

  /// @param hash_key  random: clients choose what is hashed. @param limit  entries; at least one a shard.
  explicit persistence_table(const key16& hash_key, std::size_t limit = usual_limit);
  persistence_table(const persistence_table&) = delete;
  persistence_table& operator=(const persistence_table&) = delete;
  ~persistence_table();

  /// @return the slot of the client; 0: none is remembered, or it has run out.
  slot_id find(const persistence_key& key, io::time_ms now);

  /// One open connection of an entry, which stays meanwhile. Move only; the table outlives it. Empty: nothing was remembered.
  class hold {
   public:
    hold() noexcept = default;
    hold(hold&& o) noexcept : table_(std::exchange(o.table_, nullptr)), shard_(o.shard_), index_(o.index_), farewell_(o.farewell_) {}
    hold& operator=(hold&& o) noexcept;
    /// Without a clock: the entry may run out at once.
    ~hold() { end(0); }
    /// The connection has ended.
    void end(io::time_ms now) noexcept;
    explicit operator bool() const noexcept { return table_ != nullptr; }

   private:
    friend class persistence_table;
    persistence_table* table_ = nullptr;
    std::uint32_t shard_ = 0, index_ = 0, farewell_ = 0;
  };

  /// A connection of this client to this slot: remembers it, or that it has changed, and begins its time anew. @param timeout  > 0, ms.
  [[nodiscard]] hold opened(const persistence_key& key, slot_id slot, io::time_ms timeout, io::time_ms now);

  persistence_figures figures() const;
  /// For people: at most `most` entries that have not run out, in no order. Locks one shard after the other, for a thousand entries at a time.
  std::vector<persistence_entry> list(std::size_t most, io::time_ms now) const;
  /// How many entries that have not run out lead to each slot, in no order. Locks as list(). Cost: O(entries).
  std::vector<persistence_count> count(io::time_ms now) const;
  /// Bytes that the table has allocated.
  std::size_t memory() const;

 private:
  class shard;
  static constexpr std::size_t shards = 16;

  key16 hash_key_;
  std::vector<std::unique_ptr<shard>> shards_;
};

}  // namespace waggle::proxy::schedule
