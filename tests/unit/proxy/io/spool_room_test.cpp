// Disk of buffered bodies: shares.
#include "io/spool_room.hpp"

#include "catch.hpp"

using waggle::proxy::io::spool_room;

TEST_CASE("one service has half of the disk for bodies, all together have all", "[unit][proxy][io][spool]") {
  spool_room room(1'000);
  CHECK(room.take(1, 400));
  CHECK_FALSE(room.take(1, 101));
  CHECK(room.take(1, 100));
  CHECK(room.take(2, 300));
  CHECK(room.take(3, 200));
  CHECK_FALSE(room.take(4, 1));
  CHECK(room.held() == 1'000);
  CHECK(room.refused() == 2);
  room.give_back(1, 500);
  CHECK(room.take(4, 500));
  CHECK_FALSE(room.take(4, 1));
  room.give_back(2, 300);
  room.give_back(3, 200);
  room.give_back(4, 500);
  CHECK(room.held() == 0);
  CHECK(room.take(1, 500));
}

TEST_CASE("who keeps something gives way once for each wish, for its own service or when all is taken", "[unit][proxy][io][spool]") {
  spool_room room(1'000);
  CHECK_FALSE(room.claim(1, 5'000));
  REQUIRE(room.take(1, 500));
  REQUIRE(room.take(2, 100));
  room.want(1, 100, 5'000);  // its share is full, the disk is not
  CHECK_FALSE(room.claim(2, 5'000));
  CHECK(room.claim(1, 5'000));
  CHECK_FALSE(room.claim(1, 5'000));
  room.want(1, 100, 6'000);
  CHECK_FALSE(room.claim(1, 8'000));  // nobody asks any more
  REQUIRE(room.take(2, 400));
  room.want(3, 100, 9'000);  // who has nothing yet
  CHECK(room.claim(2, 9'000));
  CHECK_FALSE(room.claim(1, 9'000));
}
