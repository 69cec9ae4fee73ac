#include <waggle/match/regex.hpp>

#include "catch.hpp"

#include <re2/re2.h>

using namespace waggle;

namespace {

std::string replaced(const char* pattern, const char* text, const char* go, std::size_t limit = 1000) {
  const auto re = match::compile_regex(pattern);
  REQUIRE(re.has_value());
  return match::replace_matches(**re, text, match::to_re2_replacement(go, **re), limit).value_or("(too long)");
}

}  // namespace

TEST_CASE("matches are replaced as Go's ReplaceAllString does", "[unit][common][match]") {
  CHECK(replaced("a*", "baaac", "x") == "xbxcx");
  CHECK(replaced("", "ab", "-") == "-a-b-");
  CHECK(replaced("", "\xC3\xA9", "-") == "-\xC3\xA9-");
  CHECK(replaced("(?P<one>a)(b)", "ab ab", "${one}$2$2\\") == "abb\\ abb\\");
  CHECK(replaced("a", "xyz", "b") == "xyz");
  CHECK(replaced("^a", "aaa", "b") == "baa");
  CHECK(replaced("(a)", "a", "$1x$$") == "$");
}

TEST_CASE("a replacement that grows too much is refused", "[unit][common][match]") {
  CHECK(replaced(".", "aaaa", "bbbb", 16) == "bbbbbbbbbbbbbbbb");
  CHECK(replaced(".", "aaaa", "bbbb", 15) == "(too long)");
  CHECK(replaced("x", "aaaa", "", 3) == "(too long)");
}

TEST_CASE("a replacement that costs the square of its text is given up", "[unit][common][match]") {
  const auto re = match::compile_regex("a(.*b)?");  // looks for the b from each a on
  REQUIRE(re.has_value());
  CHECK_FALSE(match::replace_matches(**re, std::string(60'000, 'a'), "c\\1", 1'000'000).has_value());  // 12 s
  CHECK(match::replace_matches(**re, std::string(300, 'a'), "c\\1", 1'000'000) == std::string(300, 'c'));
  const auto slash = match::compile_regex("/");
  REQUIRE(slash.has_value());
  CHECK(match::replace_matches(**slash, std::string(200, '/'), "-", 1'000'000) == std::string(200, '-'));
}
