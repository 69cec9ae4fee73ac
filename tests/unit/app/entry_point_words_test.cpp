#include "options/entry_point_words.hpp"

#include "catch.hpp"

using namespace waggle::app;
using Catch::Matchers::Contains;

TEST_CASE("words of an entry point", "[unit][app][options]") {
  const auto plain = parse_entry_point("Name:http Address::80");
  REQUIRE(plain.has_value());
  CHECK(plain->name == "http");
  CHECK(plain->address == ":80");
  CHECK(plain->forwarded_headers == waggle::proxy::trust{});

  const auto full = parse_entry_point(
      "  ADDRESS:[::1]:81   name:web forwardedheaders.trustedips:10.0.0.0/8,::1 "
      "ForwardedHeaders.Insecure:true "
      "ProxyProtocol.TrustedIPs:1.2.3.4 ProxyProtocol.Insecure:enable Compress:false ");
  REQUIRE(full.has_value());
  CHECK(full->name == "web");
  CHECK(full->address == "[::1]:81");
  CHECK(full->forwarded_headers.everyone);
  CHECK(full->forwarded_headers.ranges == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(full->proxy_protocol.everyone);
  CHECK(full->proxy_protocol.ranges == std::vector<std::string>{"1.2.3.4"});
}

TEST_CASE("compression is on where it says so", "[unit][app][options]") {
  const auto [text, on] = GENERATE(table<const char*, bool>({{"", false}, {" Compress", true}, {" compress:true", true}, {" Compress:on", true}, {" Compress:false", false}}));
  const auto e = parse_entry_point(std::string("Name:http Address::80") + text);
  REQUIRE(e.has_value());
  CHECK(e->compress == on);
}

TEST_CASE("deadlines of an entry point", "[unit][app][options]") {
  using namespace std::chrono_literals;
  const auto e = parse_entry_point(
      "Name:http Address::80 RespondingTimeouts.ReadTimeout:5s respondingtimeouts.writetimeout:2m RespondingTimeouts.IdleTimeout:90");
  REQUIRE(e.has_value());
  CHECK(e->timeouts.read == 5s);
  CHECK(e->timeouts.write == 2min);
  CHECK(e->timeouts.idle == 90s);
}

TEST_CASE("a wrong entry point names its word", "[unit][app][options]") {
  const auto [text, said] = GENERATE(table<const char*, const char*>({
      {"", "Name is missing"},
      {"Address::80", "Name is missing"},
      {"Name:http", "Address is missing"},
      {"Name:http Address:80", "expected an address such as :80, 127.0.0.1:80 or [::1]:80 in \"Address:80\""},
      {"Name:http Adress::80", "unknown word \"Adress\""},
      {"Name:https Address::443 TLS", "the word \"TLS\" is not served yet"},
      {"Name:https Address::443 TLS:a.pem,a.key", "the word \"TLS\" is not served yet"},
      {"Name:http Address::80 Redirect.EntryPoint:https",
       "the word \"Redirect.EntryPoint\" is not served yet"},
      {"Name:http Address::80 Compress:maybe", "expected true or false in \"Compress:maybe\""},
      {"Name:http Address::80 Auth.Basic.Users:a", "the word \"Auth.Basic.Users\" is not served yet"},
      {"Name:http Address::80 ForwardedHeaders.TrustedIPs:x",
       "instead of \"x\" in \"ForwardedHeaders.TrustedIPs:x\""},
      {"Name:http Address::80 ForwardedHeaders.Insecure:maybe", "expected true or false in"},
      {"Name:http Address::80 RespondingTimeouts.IdleTimeout:0s", "must be more than 0 in \"RespondingTimeouts.IdleTimeout:0s\""},
      {"Name:http Address::80 RespondingTimeouts.IdleTimeout:soon", "in \"RespondingTimeouts.IdleTimeout:soon\""},
  }));
  CAPTURE(text);
  const auto parsed = parse_entry_point(text);
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().reason, Contains(said));
}
