// The ways in which a client stays with its server. What each does: proxy/affinity.
#pragma once

#include <cstdint>

namespace waggle::model {

enum class affinity_policy : std::uint8_t {
  none,
  cookie,  ///< see stickiness
};

}  // namespace waggle::model
