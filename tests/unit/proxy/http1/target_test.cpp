// RFC 9112 §3.2 and RFC 3986 §6: one normal path is both matched and forwarded.
#include "http1/target.hpp"

#include "http1/chars.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

target_scratch scratch, again;

/// Whole escapes and bytes that a server takes: a backend that decodes as RFC 3986 does reads the same segments as we matched.
bool forwardable(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      if (i + 2 >= path.size() || !is(path[i + 1], hex) || !is(path[i + 2], hex)) return false;
      i += 2;
    } else if (!is(path[i], target_char)) {
      return false;
    }
  }
  return path.starts_with('/');
}

std::string decode_unreserved(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i] == '%' ? static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2])) : '\0';
    if (path[i] == '%' && is(c, unreserved)) {
      out += c;
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

bool has_dot_segment(const std::string& path) {
  const std::string p = path + "/";
  return p.find("/./") != std::string::npos || p.find("/../") != std::string::npos;
}

}  // namespace

TEST_CASE("the forms of a request target", "[unit][proxy][http1][target]") {
  struct row {
    const char *method, *raw;
    unsigned status;
    const char *path, *query, *authority;
  };
  const row rows[] = {
      {"GET", "/", 0, "/", "", ""},
      {"GET", "/a/b?x=1&y", 0, "/a/b", "x=1&y", ""},
      {"GET", "/?", 0, "/", "", ""},
      {"GET", "/a?b?c", 0, "/a", "b?c", ""},
      {"GET", "/?{|}\\^`\"<>", 0, "/", "{|}\\^`\"<>", ""},
      {"GET", "http://h", 0, "/", "", "h"},
      {"GET", "HTTP://H:80/p?q", 0, "/p", "q", "H:80"},
      {"GET", "https://[::1]:443/p", 0, "/p", "", "[::1]:443"},
      {"GET", "http://h?q", 0, "/", "q", "h"},
      {"OPTIONS", "*", 0, "*", "", ""},
      {"OPTIONS", "http://h", 0, "*", "", "h"},
      {"OPTIONS", "http://h/", 0, "/", "", "h"},
      {"GET", "*", 400, "", "", ""},
      {"GET", "", 400, "", "", ""},
      {"GET", "a", 400, "", "", ""},
      {"GET", "h:80", 400, "", "", ""},
      {"GET", "ftp://h/", 400, "", "", ""},
      {"GET", "http:/h", 400, "", "", ""},
      {"GET", "http://", 400, "", "", ""},
      {"GET", "http:///x", 400, "", "", ""},
      {"GET", "http://u@h/", 400, "", "", ""},
      {"GET", "http://u:p@h/", 400, "", "", ""},
      {"GET", "http://h:x/", 400, "", "", ""},
      {"GET", "http://h#f", 400, "", "", ""},
      {"GET", "http://h\\x/", 400, "", "", ""},
      {"GET", "/#f", 400, "", "", ""},
      {"GET", "/?#", 400, "", "", ""},
      // Raw where the URI grammar has none of them: WHATWG URL leaves [ ] | ^ alone, curl and devices the rest.
      {"GET", "/src/[slug]/+page.js", 0, "/src/[slug]/+page.js", "", ""},
      {"GET", "/\\", 0, "/\\", "", ""},
      {"GET", "/a|b^c{d}`", 0, "/a|b^c{d}`", "", ""},
      {"GET", "/\"<>", 0, "/\"<>", "", ""},
      {"GET", "/\xc3\xa4", 0, "/\xc3\xa4", "", ""},
      {"GET", "/\xff", 0, "/\xff", "", ""},
      {"GET", "/?\xc3\xa4[1]", 0, "/", "\xc3\xa4[1]", ""},
      {"GET", "/a\x7f", 400, "", "", ""},
      {"GET", "/?\x7f", 400, "", "", ""},
      {"GET", "/%", 400, "", "", ""},
      {"GET", "/%4", 400, "", "", ""},
      {"GET", "/%4g", 400, "", "", ""},
      {"GET", "/%00", 400, "", "", ""},
      {"GET", "/%5c", 0, "/%5c", "", ""},
      {"GET", "/%5C..", 0, "/%5C..", "", ""},
      {"GET", "/?%zz", 0, "/", "%zz", ""},  // the query is opaque
      {"CONNECT", "h:80", 405, "", "", ""},
      {"TRACE", "/", 405, "", "", ""},
      {"connect", "/", 0, "/", "", ""},  // methods have case
  };
  for (const row& r : rows) {
    CAPTURE(r.method, r.raw);
    target t;
    const refusal refused = parse_target(r.method, r.raw, scratch, t);
    CHECK(refused.status == r.status);
    if (refused) continue;
    CHECK(t.path == r.path);
    CHECK(t.query == r.query);
    CHECK(t.authority == r.authority);
    CHECK(t.has_query == (std::string(r.raw).find('?') != std::string::npos));
  }
}

TEST_CASE("dot segments and escapes: what is matched and what is forwarded", "[unit][proxy][http1][target]") {
  struct row {
    const char *raw, *path, *match;
  };
  const row rows[] = {
      {"/a//b", "/a//b", "/a//b"},
      {"/a.b/..c/d..", "/a.b/..c/d..", "/a.b/..c/d.."},
      {"/...", "/...", "/..."},
      {"/.", "/", "/"},
      {"/..", "/", "/"},
      {"/a/.", "/a/", "/a/"},
      {"/a/..", "/", "/"},
      {"/a/../", "/", "/"},
      {"/a/./b", "/a/b", "/a/b"},
      {"/a/b/../../../c", "/c", "/c"},
      {"/a//../b", "/a/b", "/a/b"},
      {"/%2e", "/", "/"},
      {"/a/%2E%2e/b", "/b", "/b"},
      {"/a/.%2e/b", "/b", "/b"},
      {"/%61bc", "/%61bc", "/abc"},
      {"/%7Euser", "/%7Euser", "/~user"},
      {"/a%20b", "/a%20b", "/a b"},
      {"/a%2Fb", "/a%2Fb", "/a%2Fb"},
      {"/a%2fb", "/a%2fb", "/a%2fb"},
      {"/a%2F..%2Fb", "/a%2F..%2Fb", "/a%2F..%2Fb"},
      {"/a%252e", "/a%252e", "/a%2e"},
      {"/x/..%2f../y", "/x/..%2f../y", "/x/..%2f../y"},
      {"/%3F%23", "/%3F%23", "/?#"},
      {"/%c3%a4", "/%c3%a4", "/\xc3\xa4"},
      {"/a/../%20", "/%20", "/ "},
      {"/a%5Cb", "/a%5Cb", "/a\\b"},
      {"/a\\b", "/a\\b", "/a\\b"},
      {"/x\\..\\admin", "/x\\..\\admin", "/x\\..\\admin"},  // no dot segment: '\\' is data
      {"/a/../[b]/\xc3\xa4", "/[b]/\xc3\xa4", "/[b]/\xc3\xa4"},
      {"/%5Bslug%5D", "/%5Bslug%5D", "/[slug]"},
      {"/%7C%61|", "/%7C%61|", "/|a|"},
      {"/%61/../%62", "/b", "/b"},
  };
  for (const row& r : rows) {
    CAPTURE(r.raw);
    target t;
    REQUIRE_FALSE(parse_target("GET", r.raw, scratch, t));
    CHECK(t.path == r.path);
    CHECK(t.match == r.match);
  }
}

TEST_CASE("a target beyond the request line's limit is 414", "[unit][proxy][http1][target]") {
  target t;
  CHECK(parse_target("GET", "/" + std::string(max_request_line, 'a'), scratch, t).status == 414);
  const std::string widest = "/" + std::string(max_request_line - 1, '.');
  CHECK_FALSE(parse_target("GET", widest, scratch, t));
  std::string escaped = "/";
  while (escaped.size() + 3 <= max_request_line) escaped += "%2e";
  CHECK_FALSE(parse_target("GET", escaped, scratch, t));
  CHECK(t.match.size() == (escaped.size() - 1) / 3 + 1);
}

TEST_CASE("any path: matched and forwarded mean the same, and normal stays normal", "[unit][proxy][http1][target][property]") {
  waggle::test::random random(7);
  const char* pieces[] = {"/", "/",     "/", ".",   "..",     "a",  "b.",  "%2e", "%2E", "%2F", "%41",      "%20",  "%25", "%3f",
                          "~", "%252e", ";", "a:b", "%c3%a4", "\\", "%5c", "[",   "|",   "\"",  "\xc3\xa4", "\xff", "{x}"};
  std::size_t accepted = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string raw = "/";
    const std::size_t n = random.below(12);
    for (std::size_t i = 0; i < n; ++i) raw += random.one_in(40) ? std::string(1, random.byte()) : std::string(random.of(pieces));
    if (raw.find('?') != std::string::npos) continue;
    target t;
    if (parse_target("GET", raw, scratch, t)) continue;
    ++accepted;
    const std::string path(t.path), match(t.match);
    CAPTURE(raw, path, match);
    // What goes out is grammatical, without dot segments however it is decoded (but for %2F, which stays data) …
    REQUIRE(forwardable(path));
    REQUIRE_FALSE(has_dot_segment(decode_unreserved(path)));
    // … what was matched is its decoded form …
    REQUIRE(decode_path(path) == match);
    // … and the next hop that normalises finds nothing to do.
    target next;
    REQUIRE_FALSE(parse_target("GET", path, again, next));
    REQUIRE(next.path == path);
    REQUIRE(next.match == match);
  }
  CHECK(accepted > 30'000);
}

TEST_CASE("any bytes: a decoded path is encoded so that it decodes to itself", "[unit][proxy][http1][target][property]") {
  waggle::test::random random(8);
  for (int round = 0; round < 20'000; ++round) {
    std::string decoded = "/";
    const std::size_t n = random.below(10);
    for (std::size_t i = 0; i < n; ++i) decoded += random.one_in(3) ? random.byte() : random.of("abc/.%2Ff~ ");
    std::string encoded;
    append_encoded_path(encoded, decoded);
    CAPTURE(decoded, encoded);
    REQUIRE(forwardable(encoded));
    REQUIRE(decode_path(encoded) == decoded);
  }
}
