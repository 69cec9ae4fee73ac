// How many servers a service ought to have.
#pragma once

#include <cstdint>

namespace waggle::model {

/// Nobody says.
inline constexpr std::uint64_t unknown_replicas = ~std::uint64_t{0};

}  // namespace waggle::model
