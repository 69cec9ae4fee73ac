#include "udp/session_index.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace waggle::proxy::udp {

std::uint64_t hash_of(const schedule::key16& hash_key, const session_key& key) noexcept {
  std::array<std::uint8_t, 46> bytes{};
  auto* to = std::copy(key.client.begin(), key.client.end(), bytes.begin());
  to = std::copy(key.local.begin(), key.local.end(), to);
  const auto add = [&to](std::uint64_t v, unsigned size) {
    for (unsigned i = 0; i < size; ++i) *to++ = static_cast<std::uint8_t>(v >> (8 * i));
  };
  add(key.port, 2);
  add(key.interface, 4);
  add(reinterpret_cast<std::uintptr_t>(key.server), 8);
  return schedule::siphash(hash_key, bytes);
}

void session_index::insert(index_link& l) {
  if (size_ >= buckets_.size()) grow();
  index_link*& bucket = buckets_[l.hash & (buckets_.size() - 1)];
  l.chain = bucket;
  bucket = &l;
  ++size_;
}

void session_index::erase(index_link& l) noexcept {
  index_link** at = &buckets_[l.hash & (buckets_.size() - 1)];
  while (*at != &l) at = &(*at)->chain;
  *at = l.chain;
  l.chain = nullptr;
  --size_;
}

void session_index::grow() {
  std::vector<index_link*> more(std::max(first_buckets, 2 * buckets_.size()));
  for (index_link* l : buckets_)
    while (l != nullptr) {
      index_link* const next = l->chain;
      index_link*& bucket = more[l->hash & (more.size() - 1)];
      l->chain = bucket;
      bucket = l;
      l = next;
    }
  buckets_ = std::move(more);
}

}  // namespace waggle::proxy::udp
