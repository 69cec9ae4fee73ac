// Which server URLs a file may hold, and what the others are told.
#include "file/server_url.hpp"

#include "catch.hpp"

using Catch::Matchers::Contains;
using waggle::discovery::file::parse_server_url;
using waggle::discovery::file::server_url;

TEST_CASE("addresses become scheme, host and port", "[unit][discovery][file]") {
  using row = std::tuple<const char*, server_url>;
  const auto [text, expected] = GENERATE(table<const char*, server_url>({
      row{"http://10.0.0.5:8000", {"http", "10.0.0.5", 8000}},
      row{"HTTP://10.0.0.5", {"http", "10.0.0.5", 80}},
      row{"https://10.0.0.5", {"https", "10.0.0.5", 443}},
      row{"h2c://10.0.0.5:1", {"h2c", "10.0.0.5", 1}},
      row{"http://[::1]:65535", {"http", "::1", 65535}},
      row{"http://[2001:db8::5]", {"http", "2001:db8::5", 80}},
      row{"http://localhost:80/", {"http", "127.0.0.1", 80}},
      row{"http://LocalHost", {"http", "127.0.0.1", 80}},
      row{"http://1.2.3.4/a/b", {"http", "1.2.3.4", 80, true}},
  }));
  CAPTURE(text);
  const auto out = parse_server_url(text);
  REQUIRE(out.has_value());
  CHECK(*out == expected);
}

TEST_CASE("anything else is refused with what to write", "[unit][discovery][file]") {
  using row = std::tuple<const char*, const char*>;
  const auto [text, said] = GENERATE(table<const char*, const char*>({
      row{"", "is empty"},
      row{"10.0.0.5:80", "has no scheme"},
      row{"ftp://10.0.0.5", "unknown scheme"},
      row{"://10.0.0.5", "unknown scheme"},
      row{"http://", "has no address"},
      row{"http://:80", "has no address"},
      row{"http://db.example:80", "names the host \"db.example\""},
      row{"http://10.0.0", "names the host"},
      row{"http://10.0.0.256", "names the host"},
      row{"http://::1", "without brackets"},
      row{"http://[::1", "has no ]"},
      row{"http://[::g]", "no valid IPv6"},
      row{"http://[10.0.0.1]", "no valid IPv6"},
      row{"http://[::1]80", "other than a port"},
      row{"http://10.0.0.5:", "the port \"\""},
      row{"http://10.0.0.5:0", "the port \"0\""},
      row{"http://10.0.0.5:65536", "the port"},
      row{"http://10.0.0.5:+1", "the port"},
      row{"http://10.0.0.5:8x", "the port"},
      row{"http://u:p@10.0.0.5", "holds a user"},
      row{"http://10.0.0.5/?a", "has a query"},
      row{"http://10.0.0.5#a", "has a query"},
      row{"http://10.0.0.5/a b", "no URL of a server may have"},
      row{"http://10.0.0.5/;a", "no URL of a server may have"},
      row{"http://10.0.0.5\r\nSet-Cookie: a", "no URL of a server may have"},
  }));
  CAPTURE(text);
  const auto out = parse_server_url(text);
  REQUIRE(out.has_error());
  CHECK_THAT(out.error().reason, Contains(said));
}
