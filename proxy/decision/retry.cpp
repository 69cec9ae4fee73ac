#include "decision/retry.hpp"

namespace waggle::proxy {
namespace {

retry_decision again(const fault_row& row, bool by_label) noexcept {
  return {.action = row.place == retry_place::same_server ? retry_action::again_here : retry_action::again_elsewhere,
          .by_label = by_label,
          .avoid_node = row.place == retry_place::other_node};
}

}  // namespace

bool may_send_again(retry_class c, const attempt& a, const retry_policy& policy) noexcept {
  if (!a.client_waits || a.number >= policy.most_attempts || !a.replayable || a.any_answer_byte) return false;
  switch (c) {
    case retry_class::never: return false;
    case retry_class::if_nothing_sent: return a.other_server;  // the same one would refuse again
    case retry_class::if_idempotent: return a.idempotent;
    case retry_class::if_idempotent_once: return a.idempotent && !a.repeated;
  }
  return false;
}

bool may_repeat_by_label(const attempt& a) noexcept { return a.client_waits && !a.answer_sent && !a.stopping; }

retry_decision decide_retry(const fault& f, const attempt& a, const retry_policy& policy, upstream::retry_budget& budget) noexcept {
  const fault_row& row = f.row();
  if (may_send_again(row.retry, a, policy)) {
    if (budget.spend(row.paid_as)) return again(row, false);
    return {.over_budget = true, .status = row.status};
  }
  // What is sent again because a label says so is the label's business, not the budget's.
  if (f.counts_against_server() && a.label_wants && may_repeat_by_label(a)) return again(row, true);
  if (row.retry == retry_class::if_nothing_sent && a.may_wait && a.replayable && !a.any_answer_byte) return {.action = retry_action::wait_for_server};
  return {.status = row.status};
}

}  // namespace waggle::proxy
