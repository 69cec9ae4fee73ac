// One shard of the persistence table: a hash table by chains, entries in blocks that never move, and a list of those without connections by
// their last use. Not locked: its table does that.
#pragma once

#include "schedule/persistence_entry.hpp"
#include "schedule/siphash.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace waggle::proxy::schedule {

class persistence_shard {
 public:
  persistence_shard(const key16& hash_key, std::size_t limit) noexcept : hash_key_(hash_key), limit_(limit) {}

  using index = std::uint32_t;
  static constexpr index none = std::numeric_limits<index>::max();

  slot_id find(std::uint64_t hash, const persistence_key& key, io::time_ms now) noexcept;
  /// @param hash  hash_of the key, as in find().
  /// @return the entry, which has one more open connection; none: there is no room.
  index opened(std::uint64_t hash, const persistence_key& key, slot_id slot, io::time_ms timeout, io::time_ms now);
  /// @param at  of opened(), once for each.
  void closed(index at, io::time_ms keep_until) noexcept;

  persistence_figures figures() const noexcept { return {size_, evicted_, refused_}; }
  std::size_t memory() const noexcept;
  /// Appends entries of the places [from, to) that have not run out. @return the places that are in use.
  std::size_t list(std::size_t from, std::size_t to, std::size_t most, io::time_ms now, std::vector<persistence_entry>& out) const;

 private:
  struct entry {
    persistence_key key;
    slot_id slot = 0;  ///< 0: the place is free
    io::time_ms runs_out = 0;
    std::uint32_t open = 0;            ///< 0: it is in the list of idle ones
    index chain = none;                ///< the next one of its bucket, or the next free place
    index older = none, newer = none;  ///< neighbours in the list of idle ones
  };
  static_assert(sizeof(entry) == 56, "a million of them, with their buckets, stay below 64 MB");
  static constexpr std::size_t block = 512;

  entry& at(index i) noexcept { return blocks_[i / block][i % block]; }
  const entry& at(index i) const noexcept { return blocks_[i / block][i % block]; }
  static bool has_run_out(const entry& e, io::time_ms now) noexcept { return e.open == 0 && e.runs_out <= now; }
  index& bucket_of(std::uint64_t hash) noexcept { return buckets_[hash & (buckets_.size() - 1)]; }
  index locate(std::uint64_t hash, const persistence_key& key) const noexcept;
  index insert(std::uint64_t hash, const persistence_key& key);
  index take_place();
  void grow_buckets();
  void erase(index i) noexcept;
  void make_idle(index i) noexcept;
  void take_from_idle(index i) noexcept;
  void meet_some(io::time_ms now) noexcept;

  key16 hash_key_;
  std::size_t limit_, size_ = 0, used_ = 0;  ///< used: places that were ever taken
  std::uint64_t evicted_ = 0, refused_ = 0;
  std::vector<std::unique_ptr<entry[]>> blocks_;
  std::vector<index> buckets_;
  index free_ = none, oldest_ = none, newest_ = none;
  std::size_t hand_ = 0;  ///< where meet_some goes on
};

}  // namespace waggle::proxy::schedule
