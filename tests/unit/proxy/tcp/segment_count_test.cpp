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

TEST_CASE("a connection that is looked at while it is open counts once", "[unit][proxy][tcp]") {
  counted_segments counted;
  segment_count sum;
  segment_facts f{.segments_in = 2, .segments_out = 1, .timestamps = true};
  sum += counted.advance(f, false);
  CHECK(sum == count_segments(f, false));
  CHECK(counted.advance(f, false) == segment_count{});  // nothing has come
  f = {.segments_in = 4, .segments_out = 2, .bytes_received = 74, .bytes_sent = 56, .timestamps = true};
  sum += counted.advance(f, false);
  CHECK(sum == count_segments(f, false));
  // The FIN counts as a byte in the kernel's figures, and as none here.
  f = {.segments_in = 6, .segments_out = 3, .bytes_received = 75, .bytes_sent = 56, .timestamps = true, .fin_received = true};
  sum += counted.advance(f, false);
  CHECK(sum == segment_count{6, 4, 394, 272});
}

TEST_CASE("the kernel's segment counters may begin anew", "[unit][proxy][tcp]") {
  counted_segments counted;
  segment_facts f{.segments_in = 0xFFFFFFF0U, .segments_out = 0xFFFFFFFFU, .bytes_received = 1, .bytes_sent = 1};
  counted.advance(f, false);
  f = {.segments_in = 0x10, .segments_out = 9, .bytes_received = 1'001, .bytes_sent = 2'001};
  CHECK(counted.advance(f, false) == segment_count{32, 10, 1'000 + 32 * 40, 2'000 + 10 * 40});
}
