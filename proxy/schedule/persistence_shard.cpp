#include "schedule/persistence_shard.hpp"

#include <algorithm>

namespace waggle::proxy::schedule {

persistence_shard::index persistence_shard::locate(std::uint64_t hash, const persistence_key& key) const noexcept {
  if (buckets_.empty()) return none;
  index i = buckets_[hash & (buckets_.size() - 1)];
  while (i != none && at(i).key != key) i = at(i).chain;
  return i;
}

slot_id persistence_shard::find(std::uint64_t hash, const persistence_key& key, io::time_ms now) noexcept {
  const index i = locate(hash, key);
  if (i == none) return 0;
  if (!has_run_out(at(i), now)) return at(i).slot;
  erase(i);
  return 0;
}

persistence_shard::index persistence_shard::opened(std::uint64_t hash, const persistence_key& key, slot_id slot, io::time_ms timeout,
                                                   io::time_ms now) {
  meet_some(now);
  index i = locate(hash, key);
  if (i == none) i = insert(hash, key);
  if (i == none) return none;
  entry& e = at(i);
  if (e.open++ == 0) take_from_idle(i);
  e.slot = slot;
  e.runs_out = now + timeout;
  return i;
}

void persistence_shard::closed(index i, io::time_ms keep_until) noexcept {
  entry& e = at(i);
  if (--e.open > 0) return;
  e.runs_out = std::max(e.runs_out, keep_until);
  make_idle(i);
}

/// @return an idle entry without a slot; none: no room.
persistence_shard::index persistence_shard::insert(std::uint64_t hash, const persistence_key& key) {
  if (size_ >= limit_) {
    if (oldest_ == none) {
      ++refused_;
      return none;
    }
    erase(oldest_);
    ++evicted_;
  }
  if (size_ >= buckets_.size()) grow_buckets();
  const index i = take_place();
  entry& e = at(i);
  e = {};
  e.key = key;
  e.chain = bucket_of(hash);
  bucket_of(hash) = i;
  ++size_;
  make_idle(i);
  return i;
}

persistence_shard::index persistence_shard::take_place() {
  if (free_ != none) {
    const index i = free_;
    free_ = at(i).chain;
    return i;
  }
  if (used_ == blocks_.size() * block) blocks_.push_back(std::make_unique<entry[]>(block));
  return static_cast<index>(used_++);
}

void persistence_shard::grow_buckets() {
  std::vector<index> more(std::max<std::size_t>(64, 2 * buckets_.size()), none);
  buckets_.swap(more);
  for (index first : more)
    while (first != none) {
      entry& e = at(first);
      const index next = e.chain;
      index& bucket = bucket_of(hash_of(hash_key_, e.key));
      e.chain = bucket;
      bucket = first;
      first = next;
    }
}

void persistence_shard::erase(index i) noexcept {
  entry& e = at(i);
  take_from_idle(i);
  index* link = &bucket_of(hash_of(hash_key_, e.key));
  while (*link != i) link = &at(*link).chain;
  *link = e.chain;
  e.slot = 0;
  e.chain = free_;
  free_ = i;
  --size_;
}

void persistence_shard::make_idle(index i) noexcept {
  entry& e = at(i);
  e.older = newest_;
  e.newer = none;
  (newest_ == none ? oldest_ : at(newest_).newer) = i;
  newest_ = i;
}

void persistence_shard::take_from_idle(index i) noexcept {
  const entry& e = at(i);
  (e.older == none ? oldest_ : at(e.older).newer) = e.newer;
  (e.newer == none ? newest_ : at(e.newer).older) = e.older;
}

/// Timeouts differ, so the list of idle ones is in no order of running out. Each new connection looks at two places instead, so what has run
/// out is met before half as many connections have come as there are places.
void persistence_shard::meet_some(io::time_ms now) noexcept {
  for (int n = 0; n < 2 && used_ > 0; ++n) {
    hand_ = hand_ + 1 < used_ ? hand_ + 1 : 0;
    const auto i = static_cast<index>(hand_);
    if (at(i).slot != 0 && has_run_out(at(i), now)) erase(i);
  }
}

std::size_t persistence_shard::memory() const noexcept {
  return sizeof(*this) + blocks_.size() * block * sizeof(entry) + blocks_.capacity() * sizeof(blocks_[0]) + buckets_.capacity() * sizeof(index);
}

std::size_t persistence_shard::list(std::size_t from, std::size_t to, std::size_t most, io::time_ms now, std::vector<persistence_entry>& out) const {
  for (std::size_t i = from; i < std::min(to, used_) && out.size() < most; ++i) {
    const entry& e = at(static_cast<index>(i));
    if (e.slot != 0 && !has_run_out(e, now)) out.push_back({e.key, e.slot, e.runs_out, e.open});
  }
  return used_;
}

}  // namespace waggle::proxy::schedule
