// Traefik 1.7 section 6.3: templates and their regular expressions.
#include "match/template.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::match;

namespace {

bool hits(std::string_view text, const template_options& how, const std::string& input) {
  const auto re = compile_template(text, how);
  REQUIRE(re.has_value());
  return re2::RE2::PartialMatch(input, **re);
}

}  // namespace

TEST_CASE("literal text is literal", "[unit][common][match][template]") {
  CHECK(hits("/a.b*c", {}, "/a.b*c"));
  CHECK_FALSE(hits("/a.b*c", {}, "/axbbc"));
  CHECK(hits("/(x)[y]|z^$\\", {}, "/(x)[y]|z^$\\"));
  CHECK(hits("/\xc3\xa4", {}, "/\xc3\xa4"));
}

TEST_CASE("default patterns, own patterns, nested braces", "[unit][common][match][template]") {
  CHECK(hits("/{a}/x", {}, "/1/x"));
  CHECK_FALSE(hits("/{a}/x", {}, "/1/2/x"));
  CHECK(hits("{a}.b", {.default_pattern = "[^.]+"}, "x.b"));
  CHECK_FALSE(hits("{a}.b", {.default_pattern = "[^.]+"}, "x.y.b"));
  CHECK(hits("/{n:[0-9]{2}}", {}, "/12"));
  CHECK_FALSE(hits("/{n:[0-9]{2}}", {}, "/123"));
  CHECK(hits("/{a:x|y}z", {}, "/xz"));  // the alternatives stay inside
  CHECK_FALSE(hits("/{a:x|y}z", {}, "/x"));
  CHECK(hits("{a:(?i)X}", {}, "x"));
}

TEST_CASE("anchors, the optional slash, case", "[unit][common][match][template]") {
  CHECK_FALSE(hits("/a", {}, "x/a"));
  CHECK_FALSE(hits("/a", {}, "/ab"));
  CHECK(hits("/a", {.anchor_end = false}, "/ab"));
  CHECK(hits("/a", {.optional_slash = true}, "/a/"));
  CHECK(hits("/a/", {.optional_slash = true}, "/a"));
  CHECK_FALSE(hits("/a/", {.optional_slash = true}, "/a//"));
  CHECK(hits("A.b", {.ignore_case = true}, "a.B"));
  CHECK_FALSE(hits("A", {}, "a"));
  CHECK_FALSE(hits("/a", {}, "/a\n"));
}

TEST_CASE("templates that can never match say why", "[unit][common][match][template]") {
  for (const char* bad : {"{", "}", "/{a", "/a}", "/{a}}", "/{{a}", "/{}", "/{:x}", "/{a:}", "/{a:(}", "/{a:*}", "/{a:(?=x)}", "/{a:\\1}"}) {
    CAPTURE(bad);
    const auto re = compile_template(bad, {});
    REQUIRE_FALSE(re.has_value());
    CHECK_FALSE(re.error().reason.empty());
  }
}

TEST_CASE("a hostile expression costs neither memory nor time", "[unit][common][match][template]") {
  CHECK_FALSE(compile_regex("((a{1000}){1000}){1000}").has_value());
  (void)compile_regex(std::string(20'000, '(') + std::string(20'000, ')'));  // judged without running out of stack
  const auto re = compile_regex("^(a+)+$");
  REQUIRE(re.has_value());
  CHECK_FALSE(re2::RE2::PartialMatch(std::string(50'000, 'a') + "b", **re));
}
