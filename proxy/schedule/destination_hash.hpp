// Scheduler dh: as sh, by the address of waggle's that the client has asked. Of little use: most entry points have one.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/buckets.hpp"
#include "schedule/client_hash.hpp"
#include "schedule/dealt_buckets.hpp"

#include <waggle/model/service/scheduler.hpp>

namespace waggle::proxy::schedule {

class destination_hash {
 public:
  static constexpr model::scheduler policy = model::scheduler::destination_hash;

  destination_hash(const model::scheduling& how, const slots& published, const key16& key)
      : fallback_(how.fallback), key_(key), buckets_(dealt_buckets(published)) {}

  int pick(const arrival& a) const noexcept { return buckets_.pick(a, address_hash(key_, a.from.local, 0), fallback_); }

 private:
  bool fallback_;
  key16 key_;
  buckets buckets_;
};

}  // namespace waggle::proxy::schedule
