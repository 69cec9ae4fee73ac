// Who gives way at the API.
#include "admin/seats.hpp"

#include "catch.hpp"

#include <vector>

using namespace waggle::app::admin;
using use = seat::use;

TEST_CASE("who has most connections gives one up, answers before streams", "[unit][app][admin]") {
  std::vector<seat> seats{{"v", use::viewer}, {"b", use::busy}, {"c", use::viewer}, {"c", use::busy}, {"c", use::busy}};
  CHECK(connection_to_end(seats, "new") == 3u);  // its quietest answer
  CHECK(connection_to_end(seats, "v") == 3u);
  CHECK_FALSE(connection_to_end(seats, "c"));  // it does not push itself out
  seats = {{"c", use::viewer}, {"c", use::viewer}, {"b", use::busy}};
  CHECK(connection_to_end(seats, "new") == 0u);
  CHECK_FALSE(connection_to_end(seats, "b"));  // it would have as many then
  seats.resize(1);
  CHECK_FALSE(connection_to_end(seats, "new"));
}

TEST_CASE("a client that watches with many windows leaves some to others", "[unit][app][admin]") {
  std::vector<seat> seats;
  for (int i = 0; i < 4; ++i) seats.push_back({"greedy", use::viewer});
  seats.push_back({"asks", use::busy});
  CHECK(viewer_to_end(seats, "new") == 0u);
  CHECK_FALSE(viewer_to_end(seats, "greedy"));  // it does not push itself out
  for (int i = 0; i < 3; ++i) seats.push_back({"other", use::viewer});
  CHECK_FALSE(viewer_to_end(seats, "other"));  // it would have the more of the two then
  CHECK(viewer_to_end(seats, "new") == 0u);
}

TEST_CASE("a site's addresses are one client", "[unit][app][admin]") {
  CHECK(client_group("2001:db8:1:2::1") == client_group("2001:db8:1:2:ffff::9"));
  CHECK(client_group("2001:db8:1:2::1") != client_group("2001:db8:1:3::1"));
  CHECK(client_group("10.0.0.1") != client_group("10.0.0.2"));
  CHECK(client_group("3130:2e30:2e30:2e31::") != client_group("10.0.0.1"));  // whose bytes are those of the text
  CHECK(is_this_machine("127.0.0.1"));
  CHECK(is_this_machine("::1"));
  CHECK_FALSE(is_this_machine("10.127.0.1"));
}
