// Who takes gzip: Accept-Encoding as it really comes (RFC 9110 section 12.5.3).
#include "http1/encoding.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::http1;

namespace {

bool accepted(const std::string& lines) {
  request_head head;
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
  REQUIRE(parse_request(text, head).state == parse_state::complete);
  return accepts_gzip(head.fields);
}

}  // namespace

TEST_CASE("who takes gzip", "[unit][proxy][http1]") {
  const auto [value, yes] = GENERATE(table<std::string, bool>({
      {"gzip", true},
      {"GZIP", true},
      {"deflate, gzip, br", true},
      {"br;q=1.0, gzip;q=0.001", true},
      {"gzip ; q=1", true},
      {"gzip;Q=0.5", true},
      {"gzip;q=0", false},
      {"gzip;q=0.0", false},
      {"gzip;q=0.000", false},
      {"gzip;q=-1", false},
      {"gzip;q=", false},
      {"gzip;q=.5", false},
      {"gzip;level=9", false},
      {"x-gzip", false},
      {"gzipped", false},
      {"*", false},
      {"identity", false},
      {"", false},
      {",,,", false},
      {"gzip, gzip;q=0", false},  // the last word counts
  }));
  CAPTURE(value);
  CHECK(accepted("Accept-Encoding: " + value + "\r\n") == yes);
  CHECK(accepted("Accept-Encoding: br\r\nAccept-Encoding: " + value + "\r\n") == yes);
}

TEST_CASE("no Accept-Encoding is no wish for gzip", "[unit][proxy][http1]") { CHECK_FALSE(accepted("")); }
