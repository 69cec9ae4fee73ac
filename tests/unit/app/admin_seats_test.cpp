// Who gives way at the API.
#include "admin/seats.hpp"

#include "catch.hpp"

#include <vector>

using namespace waggle::app::admin;
using use = seat::use;

TEST_CASE("idle connections give way before those that are answered, and viewers last", "[unit][app][admin]") {
  std::vector<seat> seats{{"v", use::viewer}, {"b", use::busy}, {"a", use::idle}, {"c", use::idle}, {"c", use::idle}};
  CHECK(connection_to_end(seats) == 3);  // of the client that has most, its quietest
  seats.resize(3);
  CHECK(connection_to_end(seats) == 2);
  seats.resize(2);
  CHECK(connection_to_end(seats) == 1);
  seats.resize(1);
  CHECK(connection_to_end(seats) == 0);
}

TEST_CASE("a client that watches with many windows leaves some to others", "[unit][app][admin]") {
  std::vector<seat> seats;
  for (int i = 0; i < 4; ++i) seats.push_back({"greedy", use::viewer});
  seats.push_back({"idle", use::idle});
  CHECK(viewer_to_end(seats, "new") == 0u);
  CHECK_FALSE(viewer_to_end(seats, "greedy"));  // it does not push itself out
  for (int i = 0; i < 3; ++i) seats.push_back({"other", use::viewer});
  CHECK_FALSE(viewer_to_end(seats, "other"));  // it would have the more of the two then
  CHECK(viewer_to_end(seats, "new") == 0u);
}
