// Sessions of one entry point by who sends: found for every datagram. The links lie in the sessions. Spoofed senders choose what is
// hashed, so the hash has a secret key. No sockets.
#pragma once

#include "io/address.hpp"
#include "schedule/siphash.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace waggle::proxy::udp {

/// What makes two datagrams one session's.
struct session_key {
  io::ip_bytes client{};
  io::ip_bytes local{};          ///< the address that was asked; zero: the socket has one only
  std::uint32_t interface = 0;   ///< of a link-local address
  std::uint16_t port = 0;        ///< the client's
  const void* server = nullptr;  ///< onePacket: there is one for each server; else null
  bool operator==(const session_key&) const = default;
};

/// Sent from the socket's own address: an answer to it would be a question again, without end. @param own  of the socket; zero: the one
/// that was asked.
constexpr bool is_own(const session_key& key, const io::ip_bytes& own, std::uint16_t own_port) noexcept {
  return key.port == own_port && key.client == (own == io::ip_bytes{} ? key.local : own);
}

std::uint64_t hash_of(const schedule::key16& hash_key, const session_key& key) noexcept;

/// Derive from it; it must have left before it goes.
struct index_link {
  session_key key;
  std::uint64_t hash = 0;
  index_link* chain = nullptr;
};

class session_index {
 public:
  /// @param hash_key  random.
  explicit session_index(const schedule::key16& hash_key) : hash_key_(hash_key) {}

  std::uint64_t hash(const session_key& key) const noexcept { return hash_of(hash_key_, key); }
  /// @param hash  of the key. Null: there is none.
  index_link* find(std::uint64_t hash, const session_key& key) const noexcept {
    if (buckets_.empty()) return nullptr;
    for (index_link* l = buckets_[hash & (buckets_.size() - 1)]; l != nullptr; l = l->chain)
      if (l->hash == hash && l->key == key) return l;
    return nullptr;
  }
  /// Cost: O(1); now and then all are moved to more buckets.
  void insert(index_link& l);
  void erase(index_link& l) noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t first_buckets = 64;
  void grow();
  schedule::key16 hash_key_;
  std::vector<index_link*> buckets_;  ///< a power of two
  std::size_t size_ = 0;
};

}  // namespace waggle::proxy::udp
