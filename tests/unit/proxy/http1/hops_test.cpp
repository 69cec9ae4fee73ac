// Only turns through this edge count, whatever strangers and other edges say.
#include <waggle/http/hops.hpp>

#include "catch.hpp"
#include "http1/head.hpp"

#include <string>

using namespace waggle::http;
using namespace waggle::proxy::http1;

namespace {

const std::string us = "00aa11bb22cc33dd";

const field_list& fields_of(const std::string& lines) {
  static request_head head;
  static std::string text;
  text = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
  REQUIRE(parse_request(text, head).state == parse_state::complete);
  return head.fields;
}

const edge_identity me{us, "edge-1"};

}  // namespace

TEST_CASE("a request is suspected only once a proxy has named itself", "[unit][proxy][http1][hops]") {
  const auto suspect = [](const std::string& lines, bool trusted) { return read_hops(fields_of(lines), me, trusted).suspect; };
  CHECK_FALSE(suspect("", false));
  CHECK(suspect("X-Forwarded-Server: anybody\r\n", false));
  CHECK(suspect("X-Waggle-Hops: x\r\n", true));
  CHECK_FALSE(read_hops(fields_of("X-Forwarded-Server: anybody\r\n"), {"", "edge-1"}, false).suspect);
  // A trusted proxy in front names itself always; what comes from ourselves, or has come a long way, does not come from there.
  CHECK_FALSE(suspect("X-Forwarded-Server: front\r\nX-Forwarded-For: 1.1.1.1\r\n", true));
  CHECK(suspect("X-Forwarded-Server: edge-1\r\n", true));
  CHECK(suspect("X-Forwarded-Server: front\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX-Forwarded-For: 3.3.3.3, 4.4.4.4\r\n", true));
}

TEST_CASE("own turns are found wherever they stand, and nothing else is counted", "[unit][proxy][http1][hops]") {
  struct row {
    std::string lines;
    unsigned turns;
  };
  const row rows[] = {
      {"X-Forwarded-Server: anybody\r\n", 0},
      {"X-Waggle-Hops: " + us + "=3\r\n", 3},
      {"X-Waggle-Hops: ab=9, " + us + "=3\r\n", 3},
      {"X-Waggle-Hops: ab=9\r\nx-waggle-hops: " + us + "=2, " + us + "=5\r\n", 5},
      {"X-Waggle-Hops: 9\r\n", 0},
      {"X-Waggle-Hops: =9, " + us + "=\r\n", 0},
      {"X-Waggle-Hops: " + us + "=-1\r\n", 0},
      {"X-Waggle-Hops: " + us + "=99999999999999999999\r\n", 0},
      {"X-Waggle-Hops: " + us + "x=9\r\n", 0},
  };
  for (const row& r : rows) {
    CAPTURE(r.lines);
    CHECK(read_hops(fields_of(r.lines), me, false).turns == r.turns);
  }
}

TEST_CASE("each edge raises its own count and hands the others on", "[unit][proxy][http1][hops]") {
  CHECK(next_hops(fields_of(""), us, 0) == us + "=1");
  CHECK(next_hops(fields_of("X-Waggle-Hops: ab=2, " + us + "=1\r\n"), us, 1) == us + "=2, ab=2");
  std::string crowd = "X-Waggle-Hops: junk, <x>=1, 1=";
  for (unsigned i = 10; i < 60; ++i) crowd += ", " + std::to_string(i) + "=1";
  const std::string next = next_hops(fields_of(crowd + "\r\n"), us, 4);
  CHECK(next == us + "=5, 10=1, 11=1, 12=1, 13=1, 14=1, 15=1, 16=1");
}

TEST_CASE("two edges that lead to each other end it, each by its own count", "[unit][proxy][http1][hops]") {
  const std::string names[] = {us, "ff00"};
  std::string line = "X-Forwarded-Server: first\r\n";
  unsigned hops = 0;
  for (;; ++hops) {
    REQUIRE(hops < 100);
    const std::string& name = names[hops % 2];
    const auto seen = read_hops(fields_of(line), {name, "x"}, false);
    if (seen.turns >= most_turns) break;
    line = "X-Waggle-Hops: " + next_hops(fields_of(line), name, seen.turns) + "\r\n";
  }
  CHECK(hops == 2 * most_turns);
}
