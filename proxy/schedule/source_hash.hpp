// Scheduler sh: a client's address always leads to the same slot, as long as no slot comes or goes. maglev_hash does the same and stays
// when they do.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/buckets.hpp"
#include "schedule/client_hash.hpp"
#include "schedule/dealt_buckets.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class source_hash {
 public:
  static constexpr model::scheduler policy = model::scheduler::source_hash;

  source_hash(const model::scheduling& how, const slots& published, const key16& key) : how_(how), key_(key), buckets_(dealt_buckets(published)) {}

  int pick(const arrival& a) const noexcept {
    return buckets_.pick(a, address_hash(key_, a.from.address, how_.by_port ? a.from.port : 0), how_.fallback);
  }

 private:
  model::scheduling how_;
  key16 key_;
  buckets buckets_;
};

}  // namespace waggle::proxy::schedule
