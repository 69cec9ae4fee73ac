#include "schedule/persistence_table.hpp"

#include "schedule/persistence_shard.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace waggle::proxy::schedule {

/// A cache line of its own, since all workers lock it.
class alignas(64) persistence_table::shard {
 public:
  shard(const key16& hash_key, std::size_t limit) noexcept : entries(hash_key, limit) {}
  mutable std::mutex mutex;
  persistence_shard entries;
};

persistence_table::persistence_table(const key16& hash_key, std::size_t limit) : hash_key_(hash_key) {
  for (std::size_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<shard>(hash_key, std::max<std::size_t>(1, limit / shards)));
}

persistence_table::~persistence_table() = default;

slot_id persistence_table::find(const persistence_key& key, io::time_ms now) {
  const std::uint64_t h = hash_of(hash_key_, key);
  shard& s = *shards_[h >> 60U];
  const std::lock_guard lock(s.mutex);
  return s.entries.find(h, key, now);
}

persistence_table::hold persistence_table::opened(const persistence_key& key, slot_id slot, io::time_ms timeout, io::time_ms now) {
  const std::uint64_t h = hash_of(hash_key_, key);
  shard& s = *shards_[h >> 60U];
  hold out;
  const std::lock_guard lock(s.mutex);
  const persistence_shard::index i = s.entries.opened(h, key, slot, timeout, now);
  if (i == persistence_shard::none) return out;
  out.table_ = this;
  out.shard_ = static_cast<std::uint32_t>(h >> 60U);
  out.index_ = i;
  out.farewell_ = static_cast<std::uint32_t>(std::min(timeout, farewell));
  return out;
}

void persistence_table::hold::end(io::time_ms now) noexcept {
  persistence_table* const table = std::exchange(table_, nullptr);
  if (!table) return;
  shard& s = *table->shards_[shard_];
  const std::lock_guard lock(s.mutex);
  s.entries.closed(index_, now == 0 ? 0 : now + farewell_);
}

persistence_table::hold& persistence_table::hold::operator=(hold&& o) noexcept {
  if (this == &o) return *this;
  end(0);
  table_ = std::exchange(o.table_, nullptr);
  shard_ = o.shard_;
  index_ = o.index_;
  farewell_ = o.farewell_;
  return *this;
}

persistence_figures persistence_table::figures() const {
  persistence_figures out;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s->mutex);
    const persistence_figures one = s->entries.figures();
    out.entries += one.entries;
    out.evicted += one.evicted;
    out.refused += one.refused;
  }
  return out;
}

std::vector<persistence_entry> persistence_table::list(std::size_t most, io::time_ms now) const {
  constexpr std::size_t slice = 1'024;
  std::vector<persistence_entry> out;
  for (const auto& s : shards_) {
    std::size_t used = 1;
    for (std::size_t from = 0; from < used && out.size() < most; from += slice) {
      out.reserve(out.size() + slice);  // not under the lock
      const std::lock_guard lock(s->mutex);
      used = s->entries.list(from, from + slice, most, now, out);
    }
  }
  return out;
}

std::vector<persistence_count> persistence_table::count(io::time_ms now) const {
  constexpr std::size_t slice = 1'024;
  std::map<std::pair<persistence_owner, slot_id>, std::uint64_t> by_slot;
  std::vector<persistence_entry> some;
  some.reserve(slice);  // not under the lock
  for (const auto& s : shards_) {
    std::size_t used = 1;
    for (std::size_t from = 0; from < used; from += slice) {
      some.clear();
      {
        const std::lock_guard lock(s->mutex);
        used = s->entries.list(from, from + slice, slice, now, some);
      }
      for (const persistence_entry& e : some) ++by_slot[{e.key.owner, e.slot}];
    }
  }
  std::vector<persistence_count> out;
  out.reserve(by_slot.size());
  for (const auto& [of, n] : by_slot) out.push_back({of.first, of.second, n});
  return out;
}

std::size_t persistence_table::memory() const {
  std::size_t out = sizeof(*this) + shards_.capacity() * sizeof(shards_[0]);
  for (const auto& s : shards_) {
    const std::lock_guard lock(s->mutex);
    out += sizeof(shard) + s->entries.memory();
  }
  return out;
}

}  // namespace waggle::proxy::schedule
