// Addresses that two live tasks claim: a stale record or a bug of the swarm's address management. Such an address leads
// nobody knows where, so neither task is reached by it until it is clear (http-contract: "never a wrong backend").
#pragma once

#include "swarm/snapshot.hpp"
#include "translate/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace waggle::discovery {

class address_claims {
 public:
  address_claims() = default;
  explicit address_claims(const snapshot& picture);
  bool disputed(const addressed_task& item) const { return any() && disputed(*item.network_id, item.address); }
  /// @param address  without mask
  bool disputed(std::string_view network_id, std::string_view address) const;
  bool any() const noexcept { return !disputed_.empty(); }

  /// One service's tasks changed.
  /// @return false: somebody else may have an address of it; ask again with the whole picture (this one is void then).
  bool replace(const service_view& before, const service_view& now);

 private:
  std::vector<std::size_t> hashes_;                      ///< of all claims of the picture, sorted
  std::unordered_map<std::size_t, std::int64_t> since_;  ///< what replace() took (-1) and added (1)
  std::unordered_set<std::string> disputed_;
};

}  // namespace waggle::discovery
