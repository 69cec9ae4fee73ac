// The buckets of sh and dh: dealt to the slots by weight, at least one to each.
#pragma once

#include "schedule/buckets.hpp"
#include "schedule/slots.hpp"

namespace waggle::proxy::schedule {

/// 256 of them, as in the kernel; for more slots than that the next power of two.
buckets dealt_buckets(const slots& published);

}  // namespace waggle::proxy::schedule
