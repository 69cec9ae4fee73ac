// After an attempt that failed: is the request sent again, where, or what does the client get? The retry table of RFC 9110 section
// 9.2.2 and RFC 9112 section 9.3.1, the service's retry budget, and what labels ask for beyond both. Pure.
#pragma once

#include "decision/fault.hpp"
#include "upstream/retry_budget.hpp"

#include <cstdint>
#include <optional>

namespace waggle::proxy {

/// What is known of a request after an attempt.
struct attempt {
  unsigned number = 1;       ///< attempts so far
  bool client_waits = true;  ///< somebody is there for whom it would be sent again
  bool idempotent = false;   ///< by its method
  bool replayable = true;    ///< no byte of its body went out that is not kept
  bool any_answer_byte = false;
  bool answer_sent = false;  ///< some of an answer went to the client
  bool repeated = false;     ///< it was sent again after a new connection had ended without an answer
  bool stopping = false;     ///< waggle is
  // Asked for only where they matter: see decide_retry.
  bool other_server = false;  ///< there may be one that is up and was not tried
  bool may_wait = false;      ///< a label lets it wait for a server (decision/hold.hpp)
  bool label_wants = false;   ///< the backend's retry expression holds for this fault
};

struct retry_policy {
  unsigned most_attempts = 3;  ///< the first one and two more

  /// @param asked  by --retry.attempts; none or 0: as above.
  static constexpr retry_policy of(std::optional<unsigned> asked) noexcept {
    constexpr unsigned longest = 10;
    const unsigned n = asked.value_or(0);
    return n == 0 ? retry_policy{} : retry_policy{n < longest ? n : longest};
  }
};

enum class retry_action : std::uint8_t {
  again_here,  ///< the same server, on a new connection
  again_elsewhere,
  wait_for_server,
  give_up
};

struct retry_decision {
  retry_action action = retry_action::give_up;
  bool by_label = false;     ///< again: an answer may have begun
  bool over_budget = false;  ///< give_up: it would be lawful
  bool avoid_node = false;   ///< again_elsewhere: and on another node
  unsigned status = 0;       ///< give_up: for the client; 0: nobody is left to answer
};

/// The retry table: may a request of this kind be sent again at all?
bool may_send_again(retry_class c, const attempt& a, const retry_policy& policy) noexcept;

/// May it be sent again because a label says so, whatever was answered?
bool may_repeat_by_label(const attempt& a) noexcept;

/// @param f  what failed, not none. `a.other_server` and `a.may_wait` count for faults by which nothing was sent only.
/// @param budget  pays for what is sent again by the table.
retry_decision decide_retry(const fault& f, const attempt& a, const retry_policy& policy, upstream::retry_budget& budget) noexcept;

/// An answer was withheld because a label wants another one.
constexpr retry_decision repeat_by_label() noexcept { return {.action = retry_action::again_elsewhere, .by_label = true}; }

}  // namespace waggle::proxy
