// Addresses that two live tasks claim: a stale record or a bug of the swarm's address management. Such an address leads
// nobody knows where, so neither task is reached by it until it is clear (http-contract: "never a wrong backend").
#pragma once

#include "swarm/snapshot.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace waggle::discovery {

class address_claims {
 public:
  /// @param picture  must outlive this.
  explicit address_claims(const snapshot& picture);
  /// @param address  without mask
  bool disputed(std::string_view network_id, std::string_view address) const;
  bool any() const noexcept { return !disputed_.empty(); }

 private:
  std::unordered_set<std::string> disputed_;
};

}  // namespace waggle::discovery
