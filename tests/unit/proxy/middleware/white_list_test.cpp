// Who may come in: the peer's address, and a forwarded one only from peers that are trusted.
#include "asked.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;

TEST_CASE("the white list looks at the peer", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.white_list = model::white_list{{"10.0.0.0/8", "192.168.7.1", "2001:db8::/32"}, false};
  const auto chain = build();
  REQUIRE(chain.has_value());
  const auto [peer, in] = GENERATE(table<std::string, bool>(
      {{"10.1.2.3", true}, {"192.168.7.1", true}, {"2001:db8::9", true}, {"11.0.0.1", false}, {"192.168.7.2", false}, {"2001:db9::1", false}}));
  CAPTURE(peer);
  asked from;
  from.peer = peer;
  from.fields = {{"X-Forwarded-For", "10.0.0.1"}};  // without useXForwardedFor it says nothing
  const auto answer = from.of(*chain);
  CHECK(answer.has_value() != in);
  if (answer) {
    CHECK(answer->status == 403);
    CHECK(answer->body == "Forbidden");
  }
}

TEST_CASE("a forwarded address opens the door for trusted peers only", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.white_list = model::white_list{{"10.0.0.0/8", "2001:db8::/32"}, true};
  const auto chain = build();
  REQUIRE(chain.has_value());
  const auto [value, in] = GENERATE(table<std::string, bool>({{"10.0.0.1", true},
                                                              {"203.0.113.9, 10.0.0.1", true},
                                                              {"203.0.113.9", false},
                                                              {"x", false},
                                                              {"", false},
                                                              // with ports, brackets, quotes and blanks, as balancers write them
                                                              {"10.0.0.1:567", true},
                                                              {"\"10.0.0.1:567\"", true},
                                                              {" 10.0.0.1 , x", true},
                                                              {"\" 10.0.0.1 \"", true},
                                                              {"[2001:db8::1]:80", true},
                                                              {"[2001:db8::1]", true},
                                                              {"\"[2001:db8::1]\"", true},
                                                              {"2001:db8::1", true},
                                                              {"[::ffff:10.0.0.1]:80", true},
                                                              {"203.0.113.9:80, 10.0.0.1:1", true},
                                                              {"10.0.0.1:", false},
                                                              {"10.0.0.1:x", false},
                                                              {"10.0.0.1:1234567", false},
                                                              {"[10.0.0.1]", false},
                                                              {"[2001:db8::1", false},
                                                              {"[2001:db8::1]x", false},
                                                              {"[]", false},
                                                              {"\"", false},
                                                              {"10.0.0.1 203.0.113.9", false},
                                                              {"unknown", false},
                                                              {"_gazonk", false}}));
  CAPTURE(value);
  asked from;
  from.fields = {{"X-Forwarded-For", value}};
  CHECK(from.of(*chain).has_value() != in);
  from.trusted = false;
  CHECK(from.of(*chain).has_value());
}

TEST_CASE("a bad entry of the white list is named, in compat mode in Traefik's words", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.white_list = model::white_list{{"10.0.0.0/8", "10.0.0.0/99"}, false};
  CHECK(build().error().reason ==
        "error creating IP Whitelister: parsing CIDR whitelist [10.0.0.0/8 10.0.0.0/99]: invalid CIDR address: 10.0.0.0/99");
  build.opts.compat_traefik1 = true;
  CHECK(build().error().reason ==
        "error creating IP Whitelister: parsing CIDR whitelist [10.0.0.0/8 10.0.0.0/99]: parsing CIDR white list <nil>: invalid CIDR address: "
        "10.0.0.0/99");
}
