// How many requests of one service may be sent a second time: at most a fifth of its recent requests, so that an outage is
// not multiplied. One for each worker and backend. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace waggle::proxy::upstream {

/// Why a request goes out once more.
enum class retry_reason : std::uint8_t {
  nothing_sent,  ///< no connection, or nobody acknowledged it: no server had work with it. Never refused: a dead node with many tasks, or a planned stop
                 ///< seen late, must not fail requests that another server would answer. It is paid for all the same.
  reused_ended,  ///< a pooled connection ended before the first byte, most likely before the request came. Never refused: some
                 ///< servers end every connection after its first answer, and that is no outage. Paid for.
  unanswered     ///< a new connection ended without an answer: a server may die of this request. Only within the budget.
};

class retry_budget {
 public:
  static constexpr std::uint32_t token = 5, most = 10 * token;  ///< a request earns 1, a retry costs 5: one fifth

  void note_request() noexcept { left_ = std::min(left_ + 1, most); }
  /// Pays for a retry. @return false: not now.
  bool spend(retry_reason why) noexcept {
    if (left_ >= token) {
      left_ -= token;
      return true;
    }
    if (why == retry_reason::unanswered) return false;
    left_ = 0;
    return true;
  }
  std::uint32_t left() const noexcept { return left_; }

 private:
  std::uint32_t left_ = most;  // full: services with few requests can retry, too
};

}  // namespace waggle::proxy::upstream
