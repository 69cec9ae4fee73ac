#include "options/values.hpp"

#include "catch.hpp"

using namespace waggle::app;
using std::chrono::milliseconds;
using waggle::base::log_level;

TEST_CASE("durations: Go's form or whole seconds", "[unit][app][options]") {
  const auto [text, ms] = GENERATE(table<const char*, int>({{"0", 0},
                                                            {"0s", 0},
                                                            {"2", 2'000},
                                                            {"2s", 2'000},
                                                            {"500ms", 500},
                                                            {"1m30s", 90'000},
                                                            {"1.5h", 5'400'000},
                                                            {".5s", 500},
                                                            {"100us", 1},
                                                            {"1\u00b5s", 1},
                                                            {"1h0m0s", 3'600'000}}));
  CAPTURE(text);
  const auto parsed = parse_duration(text);
  REQUIRE(parsed.has_value());
  CHECK(*parsed == milliseconds{ms});
}

TEST_CASE("durations that are none", "[unit][app][options]") {
  const auto* text = GENERATE("", "s", "1.5", "-1s", "+1s", "1 s", "1d", "1s2", "1e3s", "nan", "inf", "99999999999h", "9e999", ".s", "..1s");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text).has_value());
}

TEST_CASE("addresses of entry points", "[unit][app][options]") {
  CHECK(*parse_address(":80") == host_port{"", 80});
  CHECK(*parse_address("127.0.0.1:0") == host_port{"127.0.0.1", 0});
  CHECK(*parse_address("[::1]:8080") == host_port{"::1", 8080});
  const auto* wrong = GENERATE("", "80", ":", ":80x", ":65536", ":-1", "localhost:80", "::1:80", "[1.2.3.4]:80", "[]:80", "1.2.3:80", ": 80");
  CAPTURE(wrong);
  CHECK_FALSE(parse_address(wrong).has_value());
}

TEST_CASE("trusted ranges", "[unit][app][options]") {
  const auto [text, good] = GENERATE(table<const char*, bool>({{"10.0.0.1", true},
                                                               {"10.0.0.0/8", true},
                                                               {"::1", true},
                                                               {"fd00::/8", true},
                                                               {"0.0.0.0/0", true},
                                                               {"10.0.0.0/33", false},
                                                               {"10.0.0.0/", false},
                                                               {"10.0.0/8", false},
                                                               {"fd00::/129", false},
                                                               {"any", false},
                                                               {"", false}}));
  CAPTURE(text);
  CHECK(check_ip_range(text).has_value() == good);
}

TEST_CASE("switches, levels, counts, lists", "[unit][app][options]") {
  for (const auto* yes : {"true", "TRUE", "1", "t", "on"}) CHECK(*parse_bool(yes));
  for (const auto* no : {"false", "False", "0", "off"}) CHECK_FALSE(*parse_bool(no));
  CHECK_FALSE(parse_bool("").has_value());
  CHECK_FALSE(parse_bool("maybe").has_value());
  CHECK(*parse_level("warn") == log_level::warning);
  CHECK(*parse_level("Debug") == log_level::debug);
  CHECK_FALSE(parse_level("verbose").has_value());
  CHECK(*parse_count("7", 1, 7) == 7);
  CHECK_FALSE(parse_count("8", 1, 7).has_value());
  CHECK_FALSE(parse_count("7 ", 1, 7).has_value());
  CHECK_FALSE(parse_count("99999999999999999999", 0, 7).has_value());
  CHECK(split_list(" a, b ,,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list(" , ").empty());
}

TEST_CASE("the Engine's endpoint and constraints", "[unit][app][options]") {
  CHECK(engine_endpoint("unix:///var/run/docker.sock").has_value());
  CHECK(engine_endpoint("tcp://127.0.0.1:2375").has_value());
  for (const auto* wrong : {"", "unix://", "/var/run/docker.sock", "tcp://host", "http://h", "http://h:1/x", "npipe:////./pipe/docker", "ssh://h:22"})
    CHECK_FALSE(engine_endpoint(wrong).has_value());
  CHECK(check_constraint("tag==api").has_value());
  CHECK(check_constraint("tag!=us-*").has_value());
  for (const auto* wrong : {"tag=api", "tag==", "name==x", ""}) CHECK_FALSE(check_constraint(wrong).has_value());
}
