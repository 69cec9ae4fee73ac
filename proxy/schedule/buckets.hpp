// A table from hashes to slots, and who serves a client whose slot cannot.
#pragma once

#include "schedule/arrival.hpp"
#include "schedule/slots.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace waggle::proxy::schedule {

class buckets {
 public:
  static constexpr std::size_t most_slots = 65'535;  ///< those beyond get no bucket

  /// @param table  a slot for each bucket; empty: nobody is served.
  explicit buckets(std::vector<std::uint16_t> table) noexcept : table_(std::move(table)) {}

  /// @param fallback  where the slot of the hash cannot be used: another one, the same for all that have this hash; else none.
  int pick(const arrival& a, std::uint64_t hash, bool fallback) const noexcept;

  const std::vector<std::uint16_t>& table() const noexcept { return table_; }

 private:
  std::vector<std::uint16_t> table_;
};

}  // namespace waggle::proxy::schedule
