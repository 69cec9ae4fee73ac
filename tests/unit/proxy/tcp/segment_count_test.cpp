// Packets and bytes as IPVS counts them, by TCP_INFO: the numbers are those of a capture of the wire.
#include "tcp/segment_count.hpp"

#include "catch.hpp"

using namespace waggle::proxy::tcp;

TEST_CASE("a connection that its client closes first", "[unit][proxy][tcp]") {
  const segment_facts f{.segments_in = 6, .segments_out = 3, .bytes_received = 75, .bytes_sent = 56, .timestamps = true, .fin_received = true};
  CHECK(count_segments(f, false) == segment_count{6, 4, 394, 272});
}

TEST_CASE("a connection that its server closes first", "[unit][proxy][tcp]") {
  const segment_facts f{.segments_in = 5, .segments_out = 4, .bytes_received = 75, .bytes_sent = 56, .timestamps = true, .fin_received = true};
  CHECK(count_segments(f, false) == segment_count{5, 5, 342, 324});
}

TEST_CASE("headers are as long as they are", "[unit][proxy][tcp]") {
  segment_facts f{.segments_in = 10, .segments_out = 9, .bytes_received = 1'000, .bytes_sent = 2'000};
  CHECK(count_segments(f, false) == segment_count{10, 10, 1'000 + 400 + 8, 2'000 + 400 + 8});
  CHECK(count_segments(f, true).bytes_in == 1'000 + 600 + 8);
  f.timestamps = true;
  CHECK(count_segments(f, true).bytes_out == 2'000 + 720 + 8);
  CHECK(count_segments({}, false).packets_in == 0);
  f.bytes_received = 0;
  f.fin_received = true;  // not told by the kernel
  CHECK(count_segments(f, false).bytes_in == 520 + 8);
}
