// From who asks for a backend and whose tasks serve it to the backend itself: servers, options, defaults.
#pragma once

#include "translate/address_claims.hpp"
#include "translate/memory.hpp"

#include <cstdint>
#include <string>

namespace waggle::discovery {

struct backend_builder {
  const address_claims& claims;
  backend_memory& memory;  ///< pieces made before are taken from here while they are the same
  std::uint64_t round = 0;
  bool debug = false;
  bool with_defaults = true;

  const made_backend& make(const std::string& name, const backend_draft& open) const;
};

}  // namespace waggle::discovery
