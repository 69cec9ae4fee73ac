// Turns by weight, evenly mixed: the k-th of a server comes at the time (k + ½) / weight, its first one at once. So each gets its part of any
// number of turns but for one or two, at least one if there are enough, and the order of the others stays when one is taken out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace waggle::proxy::schedule {

class weighted_turns {
 public:
  /// Those of weight 0 get none.
  explicit weighted_turns(std::span<const std::uint32_t> weights) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (weights[i] > 0) heap_.push_back({0, weights[i], i});
    std::make_heap(heap_.begin(), heap_.end(), later);
  }
  bool empty() const noexcept { return heap_.empty(); }
  /// The index whose turn it is. Not if empty. Cost: O(log n).
  std::size_t next() noexcept {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    entry& e = heap_.back();
    const std::size_t index = e.index;
    e.doubled_time += e.doubled_time == 0 ? 3 : 2;
    std::push_heap(heap_.begin(), heap_.end(), later);
    return index;
  }

 private:
  struct entry {
    std::uint64_t doubled_time;  ///< of the next turn, times 2 × weight
    std::uint64_t weight;
    std::size_t index;
  };
  static bool later(const entry& a, const entry& b) noexcept {
    const std::uint64_t x = a.doubled_time * b.weight, y = b.doubled_time * a.weight;
    return x != y ? x > y : a.index > b.index;
  }
  std::vector<entry> heap_;
};

}  // namespace waggle::proxy::schedule
