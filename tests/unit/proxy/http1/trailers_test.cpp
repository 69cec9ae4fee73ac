// RFC 9110 §6.5.1: which trailer fields may pass.
#include <waggle/http/trailers.hpp>

#include "catch.hpp"

using waggle::http::announced_trailers;
using waggle::http::harmless_trailers;

TEST_CASE("announced trailers pass, the others do not", "[unit][proxy][http1][trailers]") {
  CHECK(announced_trailers("", "X") == "");
  CHECK(announced_trailers("X: 1\r\n", "X") == "X: 1\r\n");
  CHECK(announced_trailers("x: 1\r\nY: 2\r\nZ:\r\n", "X , z") == "x: 1\r\nZ:\r\n");
  CHECK(announced_trailers("X: 1\r\nX: 2\r\n", "X") == "X: 1\r\nX: 2\r\n");
  CHECK(announced_trailers("X: 1\r\n", "") == "");
  CHECK(announced_trailers("X: 1\r\n", "XX, Y") == "");
  CHECK(announced_trailers("X: 1", "X") == "");
}

TEST_CASE("trailers that change what a message means never pass", "[unit][proxy][http1][trailers]") {
  for (const std::string name : {"Content-Length",
                                 "Transfer-Encoding",
                                 "Host",
                                 "Connection",
                                 "Trailer",
                                 "TE",
                                 "Upgrade",
                                 "Cookie",
                                 "Set-Cookie",
                                 "Authorization",
                                 "Content-Type",
                                 "Content-Encoding",
                                 "Content-Range",
                                 "Cache-Control",
                                 "Expires",
                                 "Location",
                                 "X-Forwarded-For",
                                 "X_Forwarded_For",
                                 "X-Real-Ip",
                                 "Forwarded",
                                 "Proxy",
                                 "WWW-Authenticate",
                                 "If-Match",
                                 "Range",
                                 "Date",
                                 "Expect",
                                 "Max-Forwards"}) {
    CAPTURE(name);
    CHECK(announced_trailers(name + ": x\r\n", name) == "");
  }
}

TEST_CASE("each trailer line costs a search, however much was announced", "[unit][proxy][http1][trailers]") {
  std::string names, lines;
  for (int i = 0; i < 128; ++i) names += (i ? ",x" : "x") + std::to_string(i);
  for (int i = 0; i < 128; ++i) lines += "X" + std::to_string(i) + ":\r\n";
  CHECK(announced_trailers(lines, names) == lines);
  CHECK(announced_trailers(lines, names + ",one-more") == "");  // a bound on what is sorted
}

TEST_CASE("who takes trailers gets those that were not announced, but never dangerous ones", "[unit][proxy][http1][trailers]") {
  CHECK(harmless_trailers("X-Checksum: 1\r\ngrpc-status: 0\r\n") == "X-Checksum: 1\r\ngrpc-status: 0\r\n");
  CHECK(harmless_trailers(
            "Content-Length: 5\r\nA: b\r\nTransfer-Encoding: chunked\r\nSet-Cookie: x\r\nX-Forwarded-For: 1\r\nHost: h\r\nconnection: close\r\n") ==
        "A: b\r\n");
  CHECK(harmless_trailers("").empty());
}
