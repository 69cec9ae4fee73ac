// Whether a connection may be used again, over every combination of what can be known of it: one doubt is enough.
#include "decision/reuse.hpp"

#include "catch.hpp"

#include <vector>

using namespace waggle::proxy;

namespace {

/// All 2^n settings of these members.
template <class T>
std::vector<T> all_of(const std::vector<bool T::*>& members) {
  std::vector<T> out;
  for (unsigned bits = 0; bits < 1u << members.size(); ++bits) {
    T one;
    for (std::size_t i = 0; i < members.size(); ++i) one.*members[i] = bits >> i & 1;
    out.push_back(one);
  }
  return out;
}

const std::vector<bool server_side::*> of_server{&server_side::persists, &server_side::answer_ended, &server_side::unexpected_bytes,
                                                 &server_side::switched, &server_side::request_sent, &server_side::bound};

http1::response_facts facts_of(http1::body_kind kind, std::uint64_t length, bool keep_alive = true) {
  http1::response_facts f;
  f.body = {kind, length};
  f.keep_alive = keep_alive;
  return f;
}

}  // namespace

TEST_CASE("a server's connection is used again only if nothing speaks against it", "[unit][proxy][reuse]") {
  for (const server_side& s : all_of<server_side>(of_server)) {
    const server_fate fate = fate_of(s);
    const bool good = s.persists && s.answer_ended && s.request_sent && !s.unexpected_bytes && !s.switched;
    CHECK((fate == server_fate::pool || fate == server_fate::own) == good);
    CHECK((fate == server_fate::own) == (good && s.bound));
    CHECK((fate == server_fate::disable_reuse) == s.unexpected_bytes);
  }
  CHECK(fate_of(server_side{}) == server_fate::close);  // an attempt of which nothing is known
}

TEST_CASE("a doubt more never opens a connection", "[unit][proxy][reuse]") {
  for (const server_side& s : all_of<server_side>(of_server)) {
    if (fate_of(s) == server_fate::pool) continue;
    server_side worse = s;
    for (bool server_side::*const doubt : {&server_side::unexpected_bytes, &server_side::switched, &server_side::bound}) {
      worse = s;
      worse.*doubt = true;
      CHECK(fate_of(worse) != server_fate::pool);
    }
    for (bool server_side::*const proof : {&server_side::persists, &server_side::answer_ended, &server_side::request_sent}) {
      worse = s;
      worse.*proof = false;
      CHECK(fate_of(worse) != server_fate::pool);
    }
  }
}

TEST_CASE("a withheld answer counts as read only if its bytes are all there, and not one more", "[unit][proxy][reuse]") {
  using http1::body_kind;
  struct {
    body_kind kind;
    std::uint64_t length;
    std::size_t here;
    server_fate fate;
  } const cases[] = {
      {body_kind::none, 0, 0, server_fate::pool},
      {body_kind::none, 0, 1, server_fate::disable_reuse},
      {body_kind::length, 0, 0, server_fate::pool},
      {body_kind::length, 0, 5, server_fate::disable_reuse},
      {body_kind::length, 5, 5, server_fate::pool},
      {body_kind::length, 5, 4, server_fate::close},
      {body_kind::length, 5, 6, server_fate::disable_reuse},
      {body_kind::chunked, 0, 0, server_fate::close},
      {body_kind::chunked, 0, 50, server_fate::close},
      {body_kind::until_close, 0, 0, server_fate::close},
      {body_kind::until_close, 0, 9, server_fate::close},
  };
  for (const auto& c : cases) {
    CAPTURE(static_cast<int>(c.kind), c.length, c.here);
    server_side s;
    s.request_sent = true;
    const auto facts = facts_of(c.kind, c.length);
    note_answer_head(s, facts, 404);
    note_withheld(s, facts.body, c.here);
    CHECK(fate_of(s) == c.fate);
    s.request_sent = false;  // its request was still being sent
    CHECK(fate_of(s) == (c.fate == server_fate::pool ? server_fate::close : c.fate));
  }
}

TEST_CASE("what an answer's head says of the connection", "[unit][proxy][reuse]") {
  using http1::body_kind;
  server_side s;
  s.request_sent = s.answer_ended = true;
  auto one = s;
  note_answer_head(one, facts_of(body_kind::length, 5), 200);
  CHECK(fate_of(one) == server_fate::pool);
  one = s;
  note_answer_head(one, facts_of(body_kind::length, 5, false), 200);
  CHECK(fate_of(one) == server_fate::close);
  one = s;
  note_answer_head(one, facts_of(body_kind::until_close, 0), 200);
  CHECK(fate_of(one) == server_fate::close);
  one = s;
  note_answer_head(one, facts_of(body_kind::none, 0), 101);
  CHECK(fate_of(one) == server_fate::close);
  one = s;
  auto login = facts_of(body_kind::none, 0);
  login.login = true;
  note_answer_head(one, login, 401);
  CHECK(fate_of(one) == server_fate::own);
  note_answer_head(one, facts_of(body_kind::none, 0), 200);  // the login stays with the connection
  CHECK(fate_of(one) == server_fate::own);
}

TEST_CASE("a client is promised another request only if both sides will agree where it begins", "[unit][proxy][reuse]") {
  using c = client_promise;
  for (const c& p : all_of<c>({&c::asked, &c::delimited, &c::switched, &c::body_held_back, &c::request_read, &c::server_closes, &c::body_streamed})) {
    const bool promised = may_promise(p);
    if (promised) CHECK((p.asked && p.delimited && !p.switched && !p.body_held_back));
    if (!p.request_read && p.server_closes && p.body_streamed) CHECK_FALSE(promised);
  }
  CHECK(may_promise({.asked = true}));
  CHECK(may_promise({.asked = true, .request_read = false}));  // the rest is read and dropped
  CHECK(may_promise({.asked = true, .server_closes = true}));
}

TEST_CASE("a client's connection goes on only behind a whole answer to a whole request", "[unit][proxy][reuse]") {
  using c = client_side;
  for (const c& s :
       all_of<c>({&c::promised, &c::answer_complete, &c::request_read, &c::framing_in_doubt, &c::draining, &c::said_last, &c::bytes_behind})) {
    const client_fate fate = fate_of(s);
    CHECK((fate == client_fate::keep) == (s.promised && s.answer_complete && s.request_read && !s.framing_in_doubt && !s.draining));
    CHECK((fate == client_fate::reset) == !s.answer_complete);
    // Closing over unread bytes would take the answer away.
    if (fate == client_fate::close) CHECK((s.request_read && s.said_last && !s.bytes_behind && !s.framing_in_doubt));
  }
}
