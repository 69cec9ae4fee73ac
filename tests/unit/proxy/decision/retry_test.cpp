// The retry table (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1), row by row, without a socket.
#include "decision/retry.hpp"

#include "catch.hpp"

#include <optional>
#include <vector>

using namespace waggle::proxy;
using enum fault_kind;
using enum retry_action;

namespace {

constexpr fault_kind all_kinds[] = {connect_failed,   connect_timeout, reused_closed,      fresh_closed,      unacknowledged,
                                    response_timeout, bad_response,    response_too_large, request_too_large, no_room,
                                    bad_request_body, request_timeout, client_gone,        no_server};

attempt get() { return {.idempotent = true}; }
attempt post() { return {.idempotent = false}; }

/// With a full budget.
retry_decision decide(fault_kind k, const attempt& a, retry_policy p = {}) {
  upstream::retry_budget budget;
  return decide_retry(k, a, p, budget);
}

upstream::retry_budget empty_budget() {
  upstream::retry_budget b;
  while (b.spend(upstream::retry_reason::unanswered)) {
  }
  return b;
}

}  // namespace

TEST_CASE("refused or timed out while connecting: another server, whatever the method", "[unit][proxy][retry]") {
  for (const fault_kind k : {connect_failed, connect_timeout}) {
    for (attempt a : {get(), post()}) {
      a.other_server = true;
      CHECK(decide(k, a).action == again_elsewhere);
      CHECK_FALSE(decide(k, a).avoid_node);
    }
  }
}

TEST_CASE("refused, and there is nobody else to ask", "[unit][proxy][retry]") {
  CHECK(decide(connect_failed, get()).action == give_up);
  CHECK(decide(connect_failed, get()).status == 502);
  CHECK(decide(connect_timeout, post()).action == give_up);
  CHECK(decide(connect_timeout, post()).status == 504);
}

TEST_CASE("a kept connection ended unanswered: the same server on a new one, for idempotent requests only", "[unit][proxy][retry]") {
  CHECK(decide(reused_closed, get()).action == again_here);
  CHECK(decide(reused_closed, post()).action == give_up);
  CHECK(decide(reused_closed, post()).status == 502);
  attempt a = get();
  a.number = 2;
  a.repeated = true;  // on a new one before: that says nothing of this one
  CHECK(decide(reused_closed, a).action == again_here);
}

TEST_CASE("a new connection ended unanswered: once, elsewhere, for idempotent requests only", "[unit][proxy][retry]") {
  attempt a = get();
  CHECK(decide(fresh_closed, a).action == again_elsewhere);
  a.repeated = true;
  CHECK(decide(fresh_closed, a).action == give_up);
  CHECK(decide(fresh_closed, a).status == 502);
  CHECK(decide(fresh_closed, post()).action == give_up);
}

TEST_CASE("nobody acknowledged the request: another node, for idempotent requests only", "[unit][proxy][retry]") {
  const retry_decision d = decide(unacknowledged, get());
  CHECK(d.action == again_elsewhere);
  CHECK(d.avoid_node);
  CHECK(decide(unacknowledged, post()).action == give_up);
}

TEST_CASE("a body that cannot be replayed: never", "[unit][proxy][retry]") {
  for (const fault_kind k : all_kinds) {
    attempt a = get();
    a.other_server = a.may_wait = true;
    a.replayable = false;
    CHECK(decide(k, a).action == give_up);
  }
}

TEST_CASE("any byte of an answer: never", "[unit][proxy][retry]") {
  for (const fault_kind k : all_kinds) {
    attempt a = get();
    a.other_server = a.may_wait = true;
    a.any_answer_byte = true;
    CHECK(decide(k, a).action == give_up);
  }
}

TEST_CASE("no answer in time, a bad one, a fault of the client or of waggle: never", "[unit][proxy][retry]") {
  for (const fault_kind k :
       {no_server, response_timeout, bad_response, response_too_large, request_too_large, no_room, bad_request_body, request_timeout, client_gone}) {
    attempt a = get();
    a.other_server = a.may_wait = true;
    const retry_decision d = decide(k, a);
    CHECK(d.action == give_up);
    CHECK(d.status == row_of(k).status);
    CHECK_FALSE(d.over_budget);
  }
}

TEST_CASE("at most two more attempts, unless an option says otherwise", "[unit][proxy][retry]") {
  attempt a = get();
  a.other_server = true;
  const auto attempts = [&](retry_policy p) {
    a.number = 1;
    while (decide(connect_failed, a, p).action == again_elsewhere) ++a.number;
    return a.number;
  };
  CHECK(attempts(retry_policy::of(std::nullopt)) == 3);
  CHECK(attempts(retry_policy::of(0)) == 3);
  CHECK(attempts(retry_policy::of(1)) == 1);
  CHECK(attempts(retry_policy::of(7)) == 7);
  CHECK(attempts(retry_policy::of(1000)) == 10);
}

TEST_CASE("nothing is sent again for a client that has left", "[unit][proxy][retry]") {
  for (const fault_kind k : all_kinds) {
    attempt a = get();
    a.other_server = true;
    a.label_wants = true;
    a.client_waits = false;
    CHECK(decide(k, a).action == give_up);
  }
}

TEST_CASE("the budget refuses what a server may die of, and nothing else", "[unit][proxy][retry]") {
  for (const fault_kind k : {connect_failed, connect_timeout, reused_closed, unacknowledged}) {
    attempt a = get();
    a.other_server = true;
    upstream::retry_budget b = empty_budget();
    CHECK(decide_retry(k, a, {}, b).action != give_up);
  }
  upstream::retry_budget b = empty_budget();
  const retry_decision d = decide_retry(fresh_closed, get(), {}, b);
  CHECK(d.action == give_up);
  CHECK(d.over_budget);
  CHECK(d.status == 502);
}

TEST_CASE("each retry by the table is paid for, and only those", "[unit][proxy][retry]") {
  const auto paid = [](fault_kind k, const attempt& a) {
    upstream::retry_budget b;
    const std::uint32_t before = b.left();
    decide_retry(k, a, {}, b);
    return before - b.left();
  };
  attempt a = get();
  a.other_server = true;
  for (const fault_kind k : {connect_failed, connect_timeout, reused_closed, fresh_closed, unacknowledged})
    CHECK(paid(k, a) == upstream::retry_budget::token);
  CHECK(paid(response_timeout, a) == 0);
  attempt by_label = post();
  by_label.label_wants = true;
  CHECK(paid(fresh_closed, by_label) == 0);
  attempt waits = post();
  waits.may_wait = true;
  CHECK(paid(connect_failed, waits) == 0);
}

TEST_CASE("where a label lets it wait for a server, a request that nobody took waits", "[unit][proxy][retry]") {
  attempt a = post();
  a.may_wait = true;
  a.number = 3;
  for (const fault_kind k : {connect_failed, connect_timeout}) {
    CHECK(decide(k, a).action == wait_for_server);
    a.number = 1;
    a.other_server = true;  // first those that there are
    CHECK(decide(k, a).action == again_elsewhere);
    a.other_server = false;
  }
  for (const fault_kind k : {reused_closed, fresh_closed, unacknowledged, response_timeout, bad_response}) CHECK(decide(k, a).action == give_up);
}

TEST_CASE("a label may want more than the table: any method, whatever went out", "[unit][proxy][retry]") {
  for (const fault_kind k : {connect_failed, connect_timeout, fresh_closed, response_timeout, bad_response}) {
    attempt a = post();
    a.number = 9;
    a.any_answer_byte = true;
    a.replayable = false;
    a.label_wants = true;
    const retry_decision d = decide(k, a);
    CHECK(d.action == again_elsewhere);
    CHECK(d.by_label);
    a.answer_sent = true;
    CHECK(decide(k, a).action == give_up);
    a.answer_sent = false;
    a.stopping = true;
    CHECK(decide(k, a).action == give_up);
  }
  attempt a = post();
  a.label_wants = true;
  CHECK(decide(reused_closed, a).action == again_here);
  CHECK(decide(unacknowledged, a).avoid_node);
  // Not for what is no server's doing.
  for (const fault_kind k : {response_too_large, request_too_large, no_room, bad_request_body, request_timeout, client_gone})
    CHECK(decide(k, a).action == give_up);
}

TEST_CASE("what the table allows is not the label's, nor what the budget refused", "[unit][proxy][retry]") {
  attempt a = get();
  a.label_wants = true;
  CHECK_FALSE(decide(fresh_closed, a).by_label);
  upstream::retry_budget b = empty_budget();
  CHECK(decide_retry(fresh_closed, a, {}, b).action == give_up);
}

TEST_CASE("an answer withheld by a label is asked for again, elsewhere", "[unit][proxy][retry]") {
  CHECK(repeat_by_label().action == again_elsewhere);
  CHECK(repeat_by_label().by_label);
}
