// Scheduler mh: a client's address leads to the same slot through every replica of waggle, and hardly any other client moves when a slot
// comes or goes (Eisenbud et al., Maglev, NSDI 2016). Slots, not addresses, are hashed: a task that is replaced keeps its clients.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/buckets.hpp"
#include "schedule/client_hash.hpp"

#include <waggle/model/service/scheduler.hpp>

#include <cstddef>

namespace waggle::proxy::schedule {

/// The smallest of three primes that has a hundred buckets for each slot; the largest if none has.
constexpr std::size_t maglev_size(std::size_t slots) noexcept {
  for (const std::size_t prime : {std::size_t{4'093}, std::size_t{16'381}})
    if (prime >= 100 * slots) return prime;
  return 65'521;
}

/// A bucket to each slot at least, while there are enough. Cost: O(size × log(slots)).
buckets maglev_buckets(const slots& published, const key16& key);

class maglev_hash {
 public:
  static constexpr model::scheduler policy = model::scheduler::maglev_hash;

  maglev_hash(const model::scheduling& how, const slots& published, const key16& key)
      : how_(how), key_(key), buckets_(maglev_buckets(published, key)) {}

  int pick(const arrival& a) const noexcept {
    return buckets_.pick(a, address_hash(key_, a.from.address, how_.by_port ? a.from.port : 0), how_.fallback);
  }

 private:
  model::scheduling how_;
  key16 key_;
  buckets buckets_;
};

}  // namespace waggle::proxy::schedule
