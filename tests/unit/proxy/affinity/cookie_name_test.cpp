#include "affinity/cookie_name.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::affinity;
using waggle::model::stickiness;

namespace {

stickiness named(std::string name) {
  stickiness s;
  s.cookie_name = std::move(name);
  return s;
}

}  // namespace

TEST_CASE("without a name the cookie is named after the backend, as Traefik 1.7 does", "[unit][proxy][affinity]") {
  CHECK(cookie_name({}, "backend-whoami-service") == "_a49bc");
  CHECK(cookie_name({}, "backend-a").size() == 6);
  CHECK(cookie_name({}, "backend-a") != cookie_name({}, "backend-b"));
  CHECK(cookie_name({}, "").size() == 6);
}

TEST_CASE("a given name keeps what may stand in a cookie name", "[unit][proxy][affinity]") {
  struct row {
    std::string in, out;
  };
  const row rows[] = {
      {"SID", "SID"},
      {"a_b", "a_b"},
      {"!#$%&'*+-.^`|~09azAZ", "!#$%&'*+-.^`|~09azAZ"},
      {"a b", "a_b"},
      {"a;b=c,d", "a_b_c_d"},
      {"\"(){}[]<>@:\\/?", "______________"},
      {"s\xc3\xa9ss", "s_ss"},  // one character, one '_'
      {"\xe2\x82\xac\xf0\x9f\x90\x9d", "__"},
      {"a\r\nSet-Cookie: x", "a__Set-Cookie__x"},
      {std::string("a\0b", 3), "a_b"},
      {"\x7f", "_"},
  };
  for (const row& r : rows) {
    CAPTURE(r.in);
    CHECK(cookie_name(named(r.in), "backend-x") == r.out);
  }
}

TEST_CASE("attributes stand in Traefik's order", "[unit][proxy][affinity]") {
  stickiness s;
  CHECK(cookie_attributes(s) == "; Path=/");
  s.secure = true;
  CHECK(cookie_attributes(s) == "; Path=/; Secure");
  s.http_only = true;
  s.same_site = "lax";
  CHECK(cookie_attributes(s) == "; Path=/; HttpOnly; Secure; SameSite=Lax");
  s.same_site = "strict";
  CHECK(cookie_attributes(s) == "; Path=/; HttpOnly; Secure; SameSite=Strict");
  s.same_site = "none";
  CHECK(cookie_attributes(s) == "; Path=/; HttpOnly; Secure; SameSite=None");
  s.same_site = "x\r\n";
  CHECK(cookie_attributes(s) == "; Path=/; HttpOnly; Secure");
}
