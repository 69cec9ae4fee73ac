// Traefik 1.7 section 6.4: path modifiers; and that nothing a client or a label says can split a head.
#include "routing/rewrite.hpp"

#include "http1/chars.hpp"
#include "http1/target.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace waggle;
using proxy::apply_rewrite;

namespace {

struct result {
  std::string path, fields;
};

result rewrite(const std::string& rule, const std::string& raw) {
  const auto compiled = match::compiled_rule::compile(rule);
  REQUIRE(compiled.has_value());
  static proxy::http1::target_scratch scratch;
  proxy::http1::target t;
  REQUIRE_FALSE(proxy::http1::parse_target("GET", raw, scratch, t));
  const auto out = apply_rewrite((*compiled)->rewrites(), t.path, t.match);
  if (!out) return {"404", ""};
  result lines{out->path, ""};
  for (const auto& [name, value] : out->fields) lines.fields.append(name).append(": ").append(value).append("\r\n");
  return lines;
}

bool clean(const std::vector<std::pair<std::string_view, std::string>>& fields) {
  for (const auto& [name, value] : fields) {
    if (name != "X-Forwarded-Prefix" && name != "X-Replaced-Path") return false;
    for (const char c : value)
      if (!proxy::http1::is(c, proxy::http1::value_char)) return false;
  }
  return true;
}

bool clean_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  for (const char c : path)
    if (c != '%' && !proxy::http1::is(c, proxy::http1::target_char)) return false;
  return true;
}

}  // namespace

TEST_CASE("path modifiers, one by one", "[unit][proxy][exchange][rewrite]") {
  struct row {
    const char *rule, *raw, *path, *fields;
  };
  const row rows[] = {
      {"PathPrefixStrip:/foo", "/foo/bar", "/bar", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/foo", "/", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/foobar", "/bar", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/foo//bar", "//bar", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo/", "/foo/bar", "/bar", "X-Forwarded-Prefix: /foo/\r\n"},
      {"PathPrefixStrip:/a,/a/b", "/a/b/c", "/c", "X-Forwarded-Prefix: /a/b\r\n"},
      {"PathPrefixStrip:/foo", "/foo/a%2Fb", "/a%2Fb", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/foo/a%20b", "/a%20b", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/%66oo/a%20b", "/a%20b", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStrip:/foo", "/bar", "404", ""},
      {"PathPrefixStrip:/{a}", "/x/y", "404", ""},
      {"PathStrip:/foo", "/foo", "/", "X-Forwarded-Prefix: /foo\r\n"},
      {"PathPrefixStripRegex:/{v:v[0-9]+}", "/v12/x", "/x", "X-Forwarded-Prefix: /v12\r\n"},
      {"PathStripRegex:/{v:v[0-9]+}", "/v12", "/", "X-Forwarded-Prefix: /v12\r\n"},
      {"AddPrefix:/pre", "/x", "/pre/x", ""},
      {"AddPrefix:pre", "/x", "/", ""},
      {"AddPrefix:/a;AddPrefix:/b", "/x", "/b/x", ""},
      {"ReplacePath:/new", "/old?q", "/new", "X-Replaced-Path: /old\r\n"},
      {"ReplacePath:new", "/old", "/new", "X-Replaced-Path: /old\r\n"},
      {"ReplacePathRegex:^/api/(.*) /$1", "/api/v1", "/v1", "X-Replaced-Path: /api/v1\r\n"},
      {"ReplacePathRegex:^/api/(?P<rest>.*) /x/${rest}", "/api/v1", "/x/v1", "X-Replaced-Path: /api/v1\r\n"},
      {"ReplacePathRegex:^/none/(.*) /$1", "/api/v1", "/api/v1", ""},
      {"ReplacePathRegex:only-one", "/api", "/api", ""},
      {"PathPrefixStrip:/a;AddPrefix:/b;PathPrefix:/", "/a/x", "/b/x", "X-Forwarded-Prefix: /a\r\n"},
      {"AddPrefix:/b;PathPrefixStrip:/a;ReplacePath:/c", "/a/x", "/c", "X-Forwarded-Prefix: /a\r\nX-Replaced-Path: /b/x\r\n"},
      {"AddPrefix:/a b\"c", "/x", "/a%20b%22c/x", ""},
      {"ReplacePath:/a?b#c", "/x", "/a%3Fb%23c", "X-Replaced-Path: /x\r\n"},
      {"PathPrefixStrip:/\xc3\xa4", "/%c3%a4/x", "/x", "X-Forwarded-Prefix: /\xc3\xa4\r\n"},
  };
  for (const row& r : rows) {
    CAPTURE(r.rule, r.raw);
    const result out = rewrite(r.rule, r.raw);
    CHECK(out.path == r.path);
    CHECK(out.fields == r.fields);
  }
}

TEST_CASE("hostile bytes of path and label never reach path or fields", "[unit][proxy][exchange][rewrite][property]") {
  waggle::test::random random(41);
  const std::string hostile("\r\n\0\t %25F/.a\x7f\xc3\xa4:#?\"\\", 21);
  const auto text = [&] { return "/" + random.text(random.below(8), hostile); };
  const auto any = match::compiled_rule::compile("PathPrefixStripRegex:/{a:(?s).{0,3}};ReplacePathRegex:(?s)a(.) /$1x");
  REQUIRE(any.has_value());
  for (int round = 0; round < 20'000; ++round) {
    match::rewrite how;
    if (random.one_in(2)) how = (*any)->rewrites();
    const std::string decoded = text() + random.text(random.below(5), hostile);
    if (random.one_in(2)) how.strip_prefixes = {decoded.substr(0, 1 + random.below(decoded.size())), "/"};
    if (random.one_in(3)) how.add_prefix = random.one_in(4) ? random.text(4, hostile) : text();
    if (random.one_in(3)) how.replace_path = text();
    std::string path;  // as a client may send it: everything encoded
    proxy::http1::append_encoded_path(path, decoded);
    const auto out = apply_rewrite(how, path, decoded);
    if (!out) continue;
    CAPTURE(decoded, path, out->path);
    REQUIRE(clean_path(out->path));
    REQUIRE(clean(out->fields));
  }
}

TEST_CASE("a forwarded path has only whole escapes, whatever a label adds", "[unit][proxy][exchange][rewrite]") {
  for (const char* rule : {"AddPrefix:/100%", "AddPrefix:/%zz", "AddPrefix:/a%4"}) {
    CAPTURE(rule);
    const result out = rewrite(rule, "/x");
    static proxy::http1::target_scratch scratch;
    proxy::http1::target t;
    CHECK_FALSE(proxy::http1::parse_target("GET", out.path, scratch, t));
  }
}

TEST_CASE("stripping keeps the client's escapes", "[unit][proxy][exchange][rewrite]") {
  CHECK(rewrite("PathPrefixStrip:/foo", "/foo/[a]|\\\xc3\xa4%5C").path == "/[a]|\\\xc3\xa4%5C");
  CHECK(rewrite("PathPrefixStrip:/f\xc3\xb6", "/f\xc3\xb6/\xc3\xa4").path == "/\xc3\xa4");
  CHECK(rewrite("AddPrefix:/[p]", "/[a]").path == "/%5Bp%5D/[a]");  // a label's bytes are encoded, the client's are not
  CHECK(rewrite("PathPrefixStrip:/foo", "/foo/a%252Fb").path == "/a%252Fb");
  CHECK(rewrite("PathPrefixStrip:/foo", "/%66oo/a%2Fb").path == "/a%2Fb");
}

TEST_CASE("stripping does not decode %252F to %2F", "[unit][proxy][exchange][rewrite]") {
  CHECK(rewrite("PathPrefixStrip:/foo", "/%66oo/a%252Fb").path == "/a%252Fb");
}
