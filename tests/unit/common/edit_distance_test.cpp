#include "catch.hpp"

#include <waggle/base/edit_distance.hpp>

using waggle::base::edit_distance;

TEST_CASE("the distance of two words is how many letters were dropped, added or changed", "[unit][common][edit_distance]") {
  CHECK(edit_distance("frontend", "frontend", 2) == 0);
  CHECK(edit_distance("fronted", "frontend", 2) == 1);
  CHECK(edit_distance("frontennd", "frontend", 2) == 1);
  CHECK(edit_distance("fromtend", "frontend", 2) == 1);
  CHECK(edit_distance("forntend", "frontend", 2) == 2);  // letters that changed places are two
  CHECK(edit_distance("", "abc", 3) == 3);
  CHECK(edit_distance("kitten", "sitting", 5) == 3);
}

TEST_CASE("capitals are no distance", "[unit][common][edit_distance]") { CHECK(edit_distance("EntryPoints", "entrypoints", 2) == 0); }

TEST_CASE("what is further away than the limit counts as further, without the work if lengths say so", "[unit][common][edit_distance]") {
  CHECK(edit_distance("a", "abcdef", 2) == 3);
  CHECK(edit_distance("abcdef", "a", 2) == 3);
  CHECK(edit_distance("abc", "xyz", 1) > 1);
}
