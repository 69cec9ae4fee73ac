// Which paths have more than one reading, and which readings there are.
#include "http1/ambiguous.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string>

using namespace waggle::proxy::http1;

TEST_CASE("a strict entry point takes only paths that everybody reads alike", "[unit][proxy][http1][target]") {
  for (const char* path :
       {"/", "/a/b.c", "/a/", "*", "/%20", "/a%3Ab", "/[slug]/|^{}", "/\xc3\xa4", "/%c3%a4", "/%F0%9F%90%9D/x", "/a%2Cb", "/a..b/...", "/%61"}) {
    CAPTURE(path);
    CHECK(ambiguity(path) == nullptr);
  }
  for (const char* path :
       {"//admin", "/a//b", "/a%2Fb", "/x/..%2fadmin", "/a\\b", "/a%5Cb",  "/x/..;/admin", "/a;v=1", "/a%3Bb",     "/%252e", "/a%3fb",
        "/a%23b",  "/%01",  "/%7f",   "/\xff",         "/%ff",  "/%c0%af", "/%e0%80%af",   "/%c3",   "/%c3%a4%af", "/%c3x",  "/a//"}) {
    CAPTURE(path);
    const char* const why = ambiguity(path);
    REQUIRE(why != nullptr);
    CHECK(std::string(why).starts_with("ambiguous path: "));
  }
}

TEST_CASE("what servers may take a path for", "[unit][proxy][http1][target]") {
  const auto reads = [](std::string_view match, std::string_view as) {
    const auto all = other_readings(match);
    return std::any_of(all.begin(), all.end(), [&](const reading& r) { return r.path == as; });
  };
  CHECK(reads("//admin/x", "/admin/x"));
  CHECK(reads("/x/..;/admin", "/admin"));
  CHECK(reads("/x/..;a=b/admin", "/admin"));
  CHECK(reads("/admin;a=b/x", "/admin/x"));
  CHECK(reads("/;/admin", "/admin"));
  CHECK(reads("/x/..%2Fadmin", "/admin"));
  CHECK(reads("/%2Fadmin", "/admin"));
  CHECK(reads("/x/%2e%2e/admin", "/admin"));  // as matched of /x/%252e%252e/admin
  CHECK(reads("/x\\..\\admin", "/admin"));
  CHECK(reads("/a/..", "/"));
  CHECK(other_readings("/a/b.c").empty());
  CHECK(other_readings("/").empty());
  CHECK(other_readings("*").empty());
}
