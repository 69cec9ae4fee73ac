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
