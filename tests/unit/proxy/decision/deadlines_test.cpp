// How long an exchange waits for whom, and what comes of it: without a socket.
#include "decision/deadlines.hpp"

#include <waggle/proxy/options.hpp>

#include "catch.hpp"

#include <algorithm>

using namespace waggle::proxy;
using namespace std::chrono_literals;
using kind = deadline::kind;
using phase = relay_wait::phase;

namespace {

constexpr io::time_ms sent = 10'000, answered = 20'000;

/// Each limit is another one.
relay_wait waits(progress answer, progress request) {
  relay_wait w;
  w.answer = answer;
  w.request = request;
  w.answer_progress = answered;
  w.request_progress = sent;
  w.client_write = 1'000'000ms;
  w.request_body = 2'000'000ms;
  w.response = 3'000'000ms;
  w.idle = 4'000'000ms;
  return w;
}

void check_fault(const relay_wait& w, io::time_ms at, fault_kind why) {
  const deadline d = next_deadline(w);
  CHECK(d.at == at);
  CHECK(d.what == kind::give_up);
  CHECK(d.why == why);
}

}  // namespace

TEST_CASE("zero is no limit", "[unit][proxy][exchange][deadline]") {
  CHECK(due_after(1'000, 0ms) == io::never);
  CHECK(due_after(1'000, 1ms) == 1'001);
  CHECK(due_after(0, 24h) == 86'400'000);
}

TEST_CASE("no default limit takes slow for dead: silence, slow bodies and slow readers are Traefik's", "[unit][proxy][exchange][deadline]") {
  const timeouts t;
  CHECK(t.keep_alive == 180s);
  CHECK(t.request_head == 10s);  // stays: no user takes that long for a head
  for (const milliseconds none : {t.request_body, t.response_head, t.response_body, t.client_write, t.tunnel}) CHECK(none == 0ms);
}

TEST_CASE("a client that does not read its answer is given up", "[unit][proxy][exchange][deadline]") {
  for (const phase at : {phase::head, phase::body, phase::kept}) {
    relay_wait w = waits(progress::wait_write, progress::done);
    w.at = at;
    check_fault(w, answered + 1'000'000, fault_kind::client_gone);
  }
}

TEST_CASE("a client that does not send its body gets 408", "[unit][proxy][exchange][deadline]") {
  check_fault(waits(progress::wait_read, progress::wait_read), sent + 2'000'000, fault_kind::request_timeout);
}

TEST_CASE("a server that does not read the request: 504", "[unit][proxy][exchange][deadline]") {
  check_fault(waits(progress::wait_read, progress::wait_write), sent + 3'000'000, fault_kind::response_timeout);
}

TEST_CASE("a server that does not answer: 504, counted from what moved last", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_read, progress::done);
  check_fault(w, answered + 3'000'000, fault_kind::response_timeout);
  w.request_progress = answered + 5;
  check_fault(w, answered + 5 + 3'000'000, fault_kind::response_timeout);
}

TEST_CASE("while the request is under way its server need not have answered", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_read, progress::wait_read);
  w.request_body = 0ms;
  CHECK(next_deadline(w).at == io::never);
}

TEST_CASE("a server that stops within its answer: cut", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_read, progress::done);
  w.at = phase::body;
  check_fault(w, answered + 4'000'000, fault_kind::bad_response);
}

TEST_CASE("without limits nothing is late", "[unit][proxy][exchange][deadline]") {
  for (const progress answer : {progress::wait_read, progress::wait_write})
    for (const progress request : {progress::wait_read, progress::wait_write, progress::done})
      for (const phase at : {phase::head, phase::body, phase::kept}) {
        relay_wait w;
        w.at = at;
        w.answer = answer;
        w.request = request;
        CHECK(next_deadline(w).at == io::never);
      }
}

TEST_CASE("a body that is held back is asked for after a second", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_read, progress::done);
  w.body_held_back = true;
  CHECK(next_deadline(w).at == sent + continue_wait);
  CHECK(next_deadline(w).what == kind::say_continue);
}

TEST_CASE("whether a silent server is there is asked only while another one could have the request", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_read, progress::done);
  w.silence_due = sent + 1;
  CHECK(next_deadline(w).what == kind::give_up);
  w.may_ask_another = true;
  CHECK(next_deadline(w).what == kind::ask_kernel);
  CHECK(next_deadline(w).at == sent + 1);
  for (const auto change : {+[](relay_wait& x) { x.at = phase::body; }, +[](relay_wait& x) { x.request = progress::wait_write; },
                            +[](relay_wait& x) { x.answer = progress::wait_write; }}) {
    relay_wait other = w;
    change(other);
    CHECK_FALSE(awaits_answer(other));
    CHECK(next_deadline(other).what == kind::give_up);
  }
}

TEST_CASE("what was sent is looked at in any case", "[unit][proxy][exchange][deadline]") {
  relay_wait w;
  w.look_due = 77;
  CHECK(next_deadline(w).at == 77);
  CHECK(next_deadline(w).what == kind::look);
}

TEST_CASE("the first of several deadlines counts, whichever it is", "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_write, progress::wait_read);
  for (const io::time_ms client : {100u, 300u})
    for (const io::time_ms body : {150u, 350u})
      for (const io::time_ms look : {120u, 400u}) {
        w.answer_progress = w.request_progress = 1'000;
        w.client_write = milliseconds(client);
        w.request_body = milliseconds(body);
        w.look_due = 1'000 + look;
        const deadline d = next_deadline(w);
        CHECK(d.at == 1'000 + std::min({client, body, look}));
        if (d.what == kind::look) CHECK(d.at == w.look_due);
        else CHECK(d.why == (client < body ? fault_kind::client_gone : fault_kind::request_timeout));
      }
}

TEST_CASE("of equal times the fault comes first, then the 100, the kernel and the look; of faults the client's",
          "[unit][proxy][exchange][deadline]") {
  relay_wait w = waits(progress::wait_write, progress::wait_read);
  w.answer_progress = w.request_progress = sent;
  w.client_write = w.request_body = w.response = w.idle = milliseconds(continue_wait);
  const io::time_ms at = sent + continue_wait;
  w.silence_due = w.look_due = at;
  w.may_ask_another = w.body_held_back = true;
  check_fault(w, at, fault_kind::client_gone);  // before its body's 408
  w.request = progress::wait_write;
  check_fault(w, at, fault_kind::client_gone);  // before the server that does not take the request
  w.answer = progress::wait_read;
  w.at = phase::body;
  check_fault(w, at, fault_kind::response_timeout);  // before the pause in its answer
  w.request = progress::wait_read;
  check_fault(w, at, fault_kind::request_timeout);
  w.request = progress::done;
  w.at = phase::head;
  check_fault(w, at, fault_kind::response_timeout);
  w.response = 0ms;
  CHECK(next_deadline(w).what == kind::say_continue);
  w.body_held_back = false;
  CHECK(next_deadline(w).what == kind::ask_kernel);
  w.may_ask_another = false;
  CHECK(next_deadline(w).what == kind::look);
  CHECK(next_deadline(w).at == at);
}
