#include <catch.hpp>

#include "labels/go_value.hpp"
#include "labels/traefik1/parse.hpp"
#include "labels/traefik1/schema.hpp"

#include <waggle/discovery/label_list.hpp>

#include <set>

using namespace waggle::discovery;
using namespace waggle::discovery::traefik1;

TEST_CASE("booleans are Go's, to the letter", "[unit][discovery][labels]") {
  for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"}) CHECK(parse_go_bool(yes).value());
  for (const char* no : {"0", "f", "F", "FALSE", "false", "False"}) CHECK_FALSE(parse_go_bool(no).value());
  for (const char* bad : {"", "on", "yes", " true", "tRUE"}) CHECK(parse_go_bool(bad).has_error());
  CHECK(parse_go_bool("on").error().reason == R"(strconv.ParseBool: parsing "on": invalid syntax)");
}

TEST_CASE("integers are Go's: signs, no blanks, range", "[unit][discovery][labels]") {
  CHECK(parse_go_int("+80", "Atoi").value() == 80);
  CHECK(parse_go_int("-1", "Atoi").value() == -1);
  for (const char* bad : {"", " 80", "80/tcp", "0x50", "+-1", "1e3"}) CHECK(parse_go_int(bad, "Atoi").has_error());
  CHECK(parse_go_int("9223372036854775808", "ParseInt").error().reason == R"(strconv.ParseInt: parsing "9223372036854775808": value out of range)");
}

TEST_CASE("durations: Go form or seconds", "[unit][discovery][labels]") {
  CHECK(parse_go_duration("3").value() == 3'000'000'000);
  CHECK(parse_go_duration("1h2m3.5s").value() == 3'723'500'000'000);
  CHECK(parse_go_duration("10ms").value() == 10'000'000);
  CHECK(parse_go_duration("ten").error().reason == R"(time: invalid duration "ten")");
  CHECK(parse_go_duration("").has_error());
  CHECK(format_go_duration(3'723'500'000'000) == "1h2m3.5s");
  CHECK(format_go_duration(250'000'000) == "250ms");
  CHECK(format_go_duration(0) == "0s");
}

TEST_CASE("template escapes are resolved, what would break the template is refused", "[unit][discovery][labels]") {
  CHECK(unescape_template(R"(a\\d+)").value() == R"(a\d+)");
  CHECK(unescape_template(R"(b\u00fccher\t\"x\"\/)").value() ==
        "b\xc3\xbc"
        "cher\t\"x\"/");
  for (const char* bad : {R"(\d)", "a\"b", "a\nb", "a\\", R"(\u12)", R"(\ud800)"}) CHECK(unescape_template(bad).has_error());
  CHECK(unescape_template("a\tb'#$ {{ }}").value() == "a\tb'#$ {{ }}");
}

TEST_CASE("lists, header names, UTF-8", "[unit][discovery][labels]") {
  CHECK(split_list(" a , ,b,") == std::vector<std::string>{"a", "b"});
  CHECK(split_list(" , ,").empty());
  CHECK(canonical_header("x-one") == "X-One");
  CHECK(canonical_header("x one") == "x one");
  CHECK(
      clean_utf8("b\xc3\xbc"
                 "cher"));
  CHECK_FALSE(clean_utf8("\xff"));
  CHECK_FALSE(clean_utf8("\xef\xbf\xbd"));
}

TEST_CASE("a segment is the shortest name that leaves a property", "[unit][discovery][labels]") {
  CHECK(split_key("traefik.web.port").segment == "web");
  CHECK(split_key("traefik.a.b.port").segment == "a.b");
  CHECK(split_key("traefik.web.frontend.rule").plain == "traefik.frontend.rule");
  for (const char* plain : {"traefik.port", "traefik.frontend.port", "traefik.backend.port", "traefik.a.Port", "traefik.docker.network",
                            "traefik.a.backend.loadbalancer.sticky"}) {
    CAPTURE(plain);
    CHECK(split_key(plain).segment.empty());
  }
}

TEST_CASE("the schema: no key twice, every row documented and found", "[unit][discovery][labels]") {
  std::set<std::string_view> keys;
  for (const auto& row : schema().rows()) {
    CAPTURE(row.key);
    CHECK(keys.insert(row.key).second);
    CHECK_FALSE(row.help.empty());
    CHECK_FALSE(row.type.empty());
    REQUIRE(row.apply != nullptr);
    std::string key(row.key);
    if (const auto at = key.find("<name>"); at != std::string::npos) key.replace(at, 6, "x");
    std::string_view part;
    CHECK(schema().find(key, part) == &row);
  }
  for (const auto& label : known_labels()) {
    CAPTURE(label.key);
    CHECK_FALSE(label.help.empty());
    CHECK_FALSE(label.type.empty());
    keys.erase(label.key);
  }
  CHECK(keys.empty());
}

TEST_CASE("unknown keys get the nearest known one", "[unit][discovery][labels]") {
  CHECK(schema().nearest("traefik.forntend.rule") == "traefik.frontend.rule");
  CHECK(schema().nearest("traefik.frontend.Priority") == "traefik.frontend.priority");
  CHECK(schema().nearest("traefik.prt") == "traefik.port");
  CHECK(schema().nearest("traefik.something.entirely.different.from.all").empty());
  const auto found = unknown_labels(
      {{"traefik.http.routers.x.rule", "Host(`a`)"}, {"traefik.fronted.rule", "x"}, {"com.example", "x"}, {"traefik.backend.id", "x"}});
  REQUIRE(found.size() == 2);
  CHECK(found[0].label == "traefik.fronted.rule");
  CHECK(found[0].fix == "did you mean traefik.frontend.rule?");
  CHECK(found[1].code == "traefik2-label");
}

TEST_CASE("a segment that is almost called frontend is told of, another is not", "[unit][discovery][labels]") {
  for (const char* name : {"fronted", "frontends", "fontend", "Frontend"}) {
    CAPTURE(name);
    const auto found = unknown_labels({{"traefik." + std::string(name) + ".port", "80"}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "segment-name");
  }
  for (const char* name : {"route1", "webservice", "ro", "front", "redirectorservice"})
    CHECK(unknown_labels({{"traefik." + std::string(name) + ".frontend.rule", "Host:x"}}).empty());
}
