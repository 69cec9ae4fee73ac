#include <catch.hpp>

#include "translate/judge_rule.hpp"

#include <waggle/match/rule.hpp>

using namespace waggle;
using namespace waggle::discovery;

TEST_CASE("rules that do not mean what was meant, and what to write", "[unit][discovery][translate]") {
  struct row {
    const char *rule, *word, *instead;
  };
  const row rows[] = {
      {"Host:a.example,PathPrefix:/api", "\",\"", "Host:a.example;PathPrefix:/api"},
      {"Host:a.example PathPrefix:/api", "\" \"", "Host:a.example;PathPrefix:/api"},
      {"Host: a && PathPrefix: /x", "\" && \"", "Host:a;PathPrefix:/x"},
      {"Host:a.example and Path:/x", "and", "Host:a.example;Path:/x"},
      {"Host:a.example || Host:b.example", "both wanted", ""},
      {"Host:a,PathPrefix:/x,Method:GET", "\",\"", "Host:a;PathPrefix:/x;Method:GET"},
      {"Host:b.example/path", "names a path", "Host:b.example;PathPrefix:/path"},
      {"Host:b.example/", "names a path", "Host:b.example"},
      {"Host:https://c.example", "names a scheme", "Host:c.example"},
      {"Host:http://c.example,d.example", "names a scheme", "Host:c.example,d.example"},
      {"Host:`e.example`", "back-ticks", "Host:e.example"},
      {"Host:'e.example'", "quotes", "Host:e.example"},
      {"Host:f.example:8080", "names a port", "Host:f.example"},
      {"Host:*.g.example", "wildcard", "HostRegexp:{subdomain:[a-zA-Z0-9-]+}.g.example"},
      {"HostRegexp:*.h.example", "wildcard", "HostRegexp:{subdomain:[a-zA-Z0-9-]+}.h.example"},
      {"Host:a,*.b", "wildcard", ""},
      {"Host:{sub:.+}.a.example", "only HostRegexp", "HostRegexp:{sub:.+}.a.example"},
      {"PathPrefix:api", "does not begin with /", "PathPrefix:/api"},
      {"Host:a.example;PathPrefixStrip:api,/b", "does not begin with /", "Host:a.example;PathPrefixStrip:/api,/b"},
      {"Path:/a*", "wildcard", "PathPrefix:/a"},
      {"PathPrefix:/b/*", "wildcard", "PathPrefix:/b/"},
      {"Path:/a/*/b", "wildcard", ""},
      {"PathPrefix:http://a.example/x", "names a scheme and a host", "PathPrefix:/x"},
      {"Path:/x?y=z", "names a query", ""},
      {"Host:{{.Service.Name}}.example", "template", ""},
      {"Host:(a.example)", "no host has", ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.rule);
    const auto doubt = doubt_of(r.rule);
    REQUIRE(doubt.has_value());
    CHECK_THAT(doubt->text, Catch::Matchers::Contains(r.word));
    CHECK(doubt->instead == r.instead);
    CHECK_FALSE(doubt->fix.empty());
    if (!doubt->instead.empty()) {
      CHECK(match::compiled_rule::compile(doubt->instead).has_value());
      CHECK_FALSE(doubt_of(doubt->instead).has_value());
    }
  }
}

TEST_CASE("sound rules raise no doubt", "[unit][discovery][translate]") {
  const char* const rule =
      GENERATE("Host:a.example", "Host:a.example,b.example;PathPrefix:/x", "Host: a.example ; Path: /x",
               "Host:xn--bcher-kva.example,my_host,10.0.0.1,localhost", "HostRegexp:{sub:[a-z0-9-]+}.a.example", "HostRegexp:{sub:(a|b)*}.a.example",
               "HostRegexp:a.example,{x:.*}", "PathPrefix:/", "PathPrefixStrip:/a,/b", "Path:/files/{name:[a-z]*}", "PathStripRegex:/a/{id:[0-9]+}",
               "ReplacePathRegex: ^/api/(.*) /$1", "ReplacePath:/x", "AddPrefix:/x", "Headers:Content-Type,application/json",
               "HeadersRegexp:Content-Type,application/(text|json)", "Method:GET,POST", "Query:foo=bar,bar=baz", "Host:a.example;Headers:X-Rule,Host",
               "Host:Hosting.example", "Host:a.example.");
  CAPTURE(rule);
  CHECK_FALSE(doubt_of(rule).has_value());
}
