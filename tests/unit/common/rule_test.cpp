#include <waggle/match/rule.hpp>

#include "catch.hpp"

using namespace waggle;
using match::compiled_rule;

namespace {

bool hits(const std::string& rule, match::request_view r) {
  auto c = compiled_rule::compile(rule);
  REQUIRE(c.has_value());
  return (*c)->match(r).matched;
}
match::request_view get(std::string_view host, std::string_view path, std::string_view query = {}) { return {"GET", host, path, query, {}}; }

}  // namespace

TEST_CASE("a rule that cannot be parsed says so in Traefik's words", "[unit][common][match]") {
  const auto reason = [](std::string_view t) {
    auto r = match::parse_rule(t);
    return r ? std::string("ok") : r.error().reason;
  };
  CHECK(reason("") == "empty rule");
  CHECK(reason(";;") == "empty rule");
  CHECK(reason("Bogus:x") == "error parsing rule: 'Bogus:x'. Unknown function: 'Bogus'");
  CHECK(reason("host:x") == "error parsing rule: 'host:x'. Unknown function: 'host'");
  CHECK(reason("Host:") == "error parsing args from rule: 'Host:'");
  CHECK(reason("Host: , ") == "error parsing args from rule: 'Host: , '");
  CHECK(reason(";Host:a;;PathPrefix:/x;") == "ok");
  CHECK_FALSE(compiled_rule::compile("Headers:a").has_value());
  CHECK_FALSE(compiled_rule::compile("HeadersRegexp:a,(").has_value());
}

TEST_CASE("hosts are compared whole and without case", "[unit][common][match]") {
  CHECK(hits("Host: A.example.com , b.Example.com", get("b.example.com", "/")));
  CHECK_FALSE(hits("Host:example.com", get("a.example.com", "/")));
  // An absolute name in a rule; requests come without the dot (http1::host_name).
  CHECK(hits("Host:example.com.", get("example.com", "/")));
  CHECK(hits("HostRegexp:{sub:[a-z]+}.example.com.", get("a.example.com", "/")));
  CHECK_FALSE(hits("Host:example.com", get("", "/")));
  CHECK(hits("HostRegexp:{sub:[a-z]+}.example.com", get("www.example.com", "/")));
  CHECK_FALSE(hits("HostRegexp:{sub:[a-z]+}.example.com", get("a.b.example.com", "/")));
  CHECK(hits("HostRegexp:{all:.+}.test,{n:a(?:b|c)}.org", get("ab.org", "/")));
  CHECK_FALSE(hits("HostRegexp:{a:[}.org", get("a.org", "/")));
  const auto c = compiled_rule::compile("Host:A.b,c;PathPrefix:/");
  CHECK((*c)->hosts() == std::vector<std::string>{"a.b", "c"});
}

TEST_CASE("path prefixes are plain text, paths are whole", "[unit][common][match]") {
  CHECK(hits("PathPrefix:/foo", get("", "/foobar")));
  CHECK_FALSE(hits("PathPrefix:foo", get("", "/foo")));
  CHECK(hits("PathPrefix:/{lang:(en|fr)}/doc", get("", "/fr/docs")));
  CHECK(hits("Path:/item/{id}/view", get("", "/item/7/view")));
  CHECK_FALSE(hits("Path:/item/{id}/view", get("", "/item/7/8/view")));
  CHECK_FALSE(hits("Path:/foo", get("", "/foobar")));
}

TEST_CASE("the other slash form of a Path is redirected to the rule's spelling", "[unit][common][match]") {
  struct row {
    const char *rule, *path;
    bool matched, redirect, with;
  };
  const row rows[] = {{"Path:/foo", "/foo", true, false, false}, {"Path:/foo", "/foo/", true, true, false},
                      {"Path:/foo/", "/foo", true, true, true},  {"Path:/foo/", "/foo/", true, false, false},
                      {"Path:/", "/", true, false, false},       {"Path:/{a}", "/x/", true, true, false},
                      {"Path:/{a}/", "/x", true, true, true}};
  for (const row& r : rows) {
    CAPTURE(r.rule, r.path);
    const auto m = (*compiled_rule::compile(r.rule))->match(get("", r.path));
    CHECK(m.matched == r.matched);
    CHECK(m.redirect_slash == r.redirect);
    CHECK(m.with_slash == r.with);
  }
  CHECK_FALSE((*compiled_rule::compile("Path:/foo", true))->match(get("", "/foo/")).matched);
}

TEST_CASE("methods, fields and query parameters", "[unit][common][match]") {
  const http::field fields[] = {{"X-A", "2"}, {"x-a", "1"}, {"X-B", "2"}, {"Content-Type", "text/json; x"}};
  const match::request_view r{"POST", "", "/", "a=1&q=a%20b&id=42&flag", fields};
  CHECK(hits("Method:GET,post", r));
  CHECK(hits("Headers:x-a,1,X-B,2", r));
  CHECK_FALSE(hits("Headers:x-a,1,X-B,3", r));
  CHECK(hits("HeadersRegexp:content-type,(text|json)", r));
  CHECK(hits("Query:a=1", r));
  CHECK_FALSE(hits("Query:a=1,b=2", r));
  CHECK(hits("Query:id={n:[0-9]+}", r));
  CHECK(hits("Query:q=a b", r));
  CHECK(hits("Query:flag=", r));
  CHECK_FALSE(hits("Query:none=", r));
}

TEST_CASE("all parts must match; the colon quirk of Traefik 1 is kept", "[unit][common][match]") {
  CHECK_FALSE(hits("Host:a;Host:b", get("a", "/")));
  CHECK(hits("Host:a;PathPrefix:/x", get("a", "/x/y")));
  auto parts = match::parse_rule("HostRegexp:{n:a(?::\\d+)}");
  REQUIRE(parts.has_value());
  CHECK((*parts)[0].args[0] == "{n:a(?:\\d+)}");
}
