// What each kind of fault means for the client, for the server and for the log: one row each.
#include "decision/fault.hpp"
#include "decision/step.hpp"

#include "catch.hpp"

#include <cstring>
#include <iterator>
#include <string>

using namespace waggle::proxy;
using enum fault_kind;

TEST_CASE("each kind of fault has its row, in order", "[unit][proxy][exchange]") {
  REQUIRE(std::size(fault_rows) == static_cast<std::size_t>(client_gone) + 1);
  for (std::size_t i = 0; i < std::size(fault_rows); ++i) CHECK(static_cast<std::size_t>(fault_rows[i].kind) == i);
}

TEST_CASE("what the client gets for a fault", "[unit][proxy][exchange]") {
  struct expected {
    fault_kind kind;
    unsigned status;
    fault_side side;
  };
  const expected all[] = {
      {connect_failed, 502, fault_side::server}, {connect_timeout, 504, fault_side::server},    {reused_closed, 502, fault_side::server},
      {fresh_closed, 502, fault_side::server},   {unacknowledged, 502, fault_side::server},     {response_timeout, 504, fault_side::server},
      {bad_response, 502, fault_side::server},   {response_too_large, 500, fault_side::waggle}, {request_too_large, 413, fault_side::client},
      {no_room, 503, fault_side::waggle},        {bad_request_body, 400, fault_side::client},   {request_timeout, 408, fault_side::client},
      {client_gone, 0, fault_side::client},      {no_server, 503, fault_side::waggle},          {request_head_too_large, 431, fault_side::waggle},
  };
  REQUIRE(std::size(all) + 1 == std::size(fault_rows));
  for (const expected& e : all) {
    CAPTURE(static_cast<int>(e.kind));
    const fault f = e.kind;
    CHECK(f);
    CHECK(f.status() == e.status);
    CHECK(f.row().side == e.side);
    CHECK(f.counts_against_server() == (e.side == fault_side::server));
  }
  CHECK_FALSE(fault());
  CHECK_FALSE(fault().counts_against_server());
}

TEST_CASE("only what a server did, or did not do, is sent again; and only that has a reason for the log", "[unit][proxy][exchange]") {
  for (const fault_row& r : fault_rows) {
    CAPTURE(static_cast<int>(r.kind));
    if (r.side != fault_side::server) CHECK(r.retry == retry_class::never);
    CHECK((r.kind == none) == r.reason.empty());
    if (r.side == fault_side::server) CHECK((r.status == 502 || r.status == 504));
  }
}

TEST_CASE("what a server is noted for", "[unit][proxy][exchange]") {
  CHECK(fault(connect_failed, "Connection refused").trouble() == nullptr);  // noted when it was refused
  CHECK(fault(fresh_closed).trouble() == nullptr);
  CHECK(fault(unacknowledged).trouble() == nullptr);
  CHECK(std::string(fault(response_timeout).trouble()) == "no answer in time");
  CHECK(std::string(fault(connect_timeout, "Connection refused").trouble()) == "no answer in time");
  CHECK(std::string(fault(bad_response).trouble()) == "an answer that was cut or is no HTTP");
  CHECK(std::string(fault(bad_response, "too many fields").trouble()) == "too many fields");
  CHECK(std::string(fault(reused_closed).trouble()) == "an answer that was cut or is no HTTP");
}

TEST_CASE("a step tells how far it came, and if it stopped, how the attempt ended", "[unit][proxy][exchange]") {
  static_assert(sizeof(step) <= 2 * sizeof(void*), "it is returned in registers");
  const step moved = progress::moved;
  CHECK(moved == progress::moved);
  CHECK_FALSE(moved.stopped());

  const step failed = fault(bad_response, "x");
  CHECK(failed.stopped());
  CHECK(failed.why() == bad_response);
  CHECK(failed.end() == attempt_end::how::failed);
  CHECK(failed.end().why == bad_response);
  CHECK(std::strcmp(failed.end().why.detail, "x") == 0);

  const step repeat = withheld::repeat, replace = withheld::replace;
  CHECK(repeat.stopped());
  CHECK_FALSE(repeat.why());
  CHECK(repeat.end() == attempt_end::how::repeat);
  CHECK(replace.end() == attempt_end::how::replace);
  CHECK_FALSE(replace.end().why);
}

TEST_CASE("an answer that is withheld is none to the client, and no fault", "[unit][proxy][exchange]") {
  using how = attempt_end::how;
  CHECK(attempt_end(how::finished).answered());
  CHECK(attempt_end(how::switched).answered());
  CHECK_FALSE(attempt_end(withheld::repeat).answered());
  CHECK_FALSE(attempt_end(withheld::replace).answered());
  CHECK_FALSE(attempt_end(fault(no_room)).answered());
}
