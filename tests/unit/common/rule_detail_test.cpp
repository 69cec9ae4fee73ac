// Traefik 1.7 sections 6.2 and 6.4, beyond the first look of rule_test.cpp: what a rule keeps for rewriting, odd arguments.
#include <waggle/match/rule.hpp>

#include "catch.hpp"

#include <re2/re2.h>

#include <string>

using namespace waggle;
using match::compiled_rule;

namespace {

std::shared_ptr<const compiled_rule> rule(const std::string& text) {
  auto c = compiled_rule::compile(text);
  INFO(text);
  REQUIRE(c.has_value());
  return *c;
}
match::request_view request(std::string_view path, std::string_view query = {}, std::span<const http::field> fields = {}) {
  return {"GET", "h", path, query, fields};
}

}  // namespace

TEST_CASE("the last modifier of a kind wins, whatever stands between", "[unit][common][match]") {
  const auto r = rule("AddPrefix:/a;PathPrefix:/;AddPrefix:/b,/c;ReplacePath:/x;ReplacePath:/y;PathPrefixStrip:/1;PathPrefixStrip:/2,/333,/22");
  CHECK(r->rewrites().add_prefix == "/c");
  CHECK(r->rewrites().replace_path == "/y");
  CHECK(r->rewrites().strip_prefixes == std::vector<std::string>{"/333", "/22", "/2"});
  CHECK(rule("PathPrefix:/a")->rewrites().empty());
  CHECK(rule("AddPrefix:/a")->match(request("/anything")).matched);
}

TEST_CASE("ReplacePathRegex: Go's replacement in RE2's words", "[unit][common][match]") {
  const auto replaced = [](const std::string& text, std::string path) {
    const auto r = rule(text);
    if (!r->rewrites().replace_regex) return std::string("none");
    re2::RE2::GlobalReplace(&path, *r->rewrites().replace_regex, r->rewrites().replacement);
    return path;
  };
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b/$1", "/a/x") == "/b/x");
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b/${1}y", "/a/x") == "/b/xy");
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b/$1y", "/a/x") == "/b/");  // the group named "1y"
  CHECK(replaced("ReplacePathRegex:^/a/(?P<n>.*) /b/$n", "/a/x") == "/b/x");
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b/$$1", "/a/x") == "/b/$1");
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b/$9", "/a/x") == "/b/");
  CHECK(replaced("ReplacePathRegex:^/a/(.*) /b\\1/$0", "/a/x") == "/b\\1//a/x");
  CHECK(replaced("ReplacePathRegex:^/a /b$", "/a") == "/b$");
  CHECK(replaced("ReplacePathRegex:o 0", "/foo") == "/f00");
  CHECK(replaced("ReplacePathRegex:one", "/one") == "none");
  CHECK(replaced("ReplacePathRegex:a b c", "/a") == "none");
  CHECK_FALSE(compiled_rule::compile("ReplacePathRegex:( /b").has_value());
}

TEST_CASE("query parameters: first value, decoded, both separators", "[unit][common][match]") {
  const auto hits = [](const std::string& text, std::string_view query) { return rule(text)->match(request("/", query)).matched; };
  CHECK(hits("Query:a=1", "a=1&a=2"));
  CHECK_FALSE(hits("Query:a=2", "a=1&a=2"));
  CHECK(hits("Query:a=1", "b;a=1"));
  CHECK(hits("Query:a=x y", "a=x+y"));
  CHECK(hits("Query:a b=1", "a%20b=1"));
  CHECK_FALSE(hits("Query:a=1", "a=%zz&b"));
  CHECK(hits("Query:a=1", "a=%zz&a=1"));  // a malformed pair is dropped
  CHECK(hits("Query:a=", "a"));
  CHECK_FALSE(hits("Query:a=", ""));
  CHECK_FALSE(hits("Query:a=", "A=1"));
  CHECK(hits("Query:a=,b={x:[0-9]+}", "b=12&a"));
  CHECK_FALSE(hits("Query:a=.*", "a=xyz"));  // literal outside braces
  CHECK_FALSE(compiled_rule::compile("Query:a").has_value());
  CHECK_FALSE(compiled_rule::compile("Query:a=b=c").has_value());
  CHECK_FALSE(compiled_rule::compile("Query:a={x:(}").has_value());
}

TEST_CASE("fields: any line of the name, exact value; Host is none", "[unit][common][match]") {
  const http::field fields[] = {{"X-A", "1"}, {"Host", "h"}, {"x-a", "Two"}};
  const auto hits = [&](const std::string& text) { return rule(text)->match(request("/", "", fields)).matched; };
  CHECK(hits("Headers:X-A,Two"));
  CHECK_FALSE(hits("Headers:X-A,two"));
  CHECK_FALSE(hits("Headers:Host,h"));
  CHECK_FALSE(hits("HeadersRegexp:host,.*"));
  CHECK(hits("HeadersRegexp:X-A,w"));
  CHECK_FALSE(hits("HeadersRegexp:X-A,^w"));
  CHECK_FALSE(hits("HeadersRegexp:X-A,T,X-B,."));
}

TEST_CASE("methods: arguments in any case, requests as they are", "[unit][common][match]") {
  const auto r = rule("Method:get");
  CHECK(r->match({"GET", "", "/", {}, {}}).matched);
  CHECK_FALSE(r->match({"get", "", "/", {}, {}}).matched);
}

TEST_CASE("alternatives that cannot match do not disturb the others", "[unit][common][match]") {
  CHECK(rule("Path:foo,/bar")->match(request("/bar")).matched);
  CHECK(rule("Path:/{a,/bar")->match(request("/bar")).matched);
  CHECK(rule("HostRegexp:{a:[},h")->match(request("/")).matched);
  CHECK_FALSE(rule("Path:foo")->match(request("foo")).matched);
}

TEST_CASE("blanks of any kind around names and arguments are trimmed", "[unit][common][match]") {
  const auto r = rule(
      " \t Host \n:\r a.b \xc2\xa0,\xe2\x80\x83"
      "c ;;PathPrefix: /x ");
  CHECK(r->hosts() == std::vector<std::string>{"a.b", "c"});
  CHECK(r->match({"GET", "c", "/x", {}, {}}).matched);
}
