// Every label of the schema with every class of bad value: the service that has it is told which label and what to do, and
// nothing else changes, byte for byte. No list of labels here: the schema is the list.
#include <catch.hpp>

#include "labels/traefik1/schema.hpp"
#include "labels_world.hpp"

#include <string_view>

using namespace waggle;
using namespace waggle::discovery::test;
using waggle::test::route;

namespace {

struct bad_value {
  const char* what;
  std::string value;
  bool must_tell;  ///< the type alone says that it is wrong
};

std::string of_size(std::size_t n) { return std::string(n, 'a'); }

std::vector<bad_value> bad_values(std::string_view type) {
  const bool number = type == "int", duration = type == "duration";
  return {
      {"wrong type", type == "map" ? "no colon" : "perhaps", type == "bool" || number || duration || type == "map"},
      {"out of range", number || duration ? "99999999999999999999" : "-1", number || duration || type == "bool" || type == "map"},
      {"negative", "-7", type == "bool" || type == "map"},
      {"unknown reference", "no-such-thing", type == "bool" || number || duration || type == "map"},
      {"CR LF", "a\r\nX-Evil: 1", true},
      {"LF", "a\nb", true},
      {"NUL", std::string("a\0b", 3), true},
      {"escape", "\x1b[2J", true},
      {"quotes", "a\"b'c`d", type == "bool" || number || duration},
      {"escaped CR LF", "a\\r\\nX-Evil: 1", type == "bool" || number || duration},
      {"template", "{{ range .Evil }}${x}$(y)%0d%0a", type == "bool" || number || duration},
      {"backslash at the end", "a\\", type == "bool" || number || duration},
      {"not UTF-8", "\xff\xfe\x80", true},
      {"cut UTF-8", "\xe2\x82", true},
      {"64 KiB", of_size(64 << 10), true},
      {"60,000 bytes", of_size(60'000), type == "bool" || number || duration},
      {"60,000 colons", std::string(60'000, ':'), type == "bool" || number || duration},
  };
}

std::string filled(std::string_view key) {
  std::string out(key);
  if (const auto at = out.find("<name>"); at != std::string::npos) out.replace(at, 6, "probe");
  return out;
}

bool printable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

labels good_labels(const std::string& name) {
  return with(with(basic("Host:" + name + ".example;PathPrefix:/app"), "traefik.backend.loadbalancer.stickiness", "true"),
              "traefik.frontend.headers.customResponseHeaders", "X-From:" + name);
}

discovery::snapshot swarm_with(const labels& bad) {
  return swarm_of({running("one", good_labels("one"), 2, 10), running("two", with(basic("PathPrefix:/"), "traefik.backend", "two"), 1, 20),
                   running("bad", bad, 2, 30)});
}

}  // namespace

TEST_CASE("each label with each bad value: its service is told, the others do not notice", "[integration][labels][hostile]") {
  const std::set<std::string> others{"one", "two"};
  const std::string before = route(swarm_with(basic("Host:bad.example"))).all_of(others);
  REQUIRE(before.find("route ") != std::string::npos);
  for (const auto& row : discovery::traefik1::schema().rows()) {
    const std::string key = filled(row.key);
    for (const auto& bad : bad_values(row.type)) {
      CAPTURE(key, bad.what);
      const auto world = route(swarm_with(with(basic("Host:bad.example"), key, bad.value)));
      CHECK(world.all_of(others) == before);
      for (const auto& s : world.skipped) CHECK(s.router.name.find("bad") != std::string::npos);
      const auto* verdict = world.verdict("bad");
      REQUIRE(verdict != nullptr);
      bool told = false;
      for (const auto& d : verdict->diagnostics) {
        CHECK(printable(d.value + d.text + d.fix + d.label));
        CHECK(d.value.size() + d.text.size() + d.fix.size() <= 4'000);
        CHECK_FALSE(d.fix.empty());
        told = told || (d.label == key && d.level >= model::severity::warning);
      }
      CHECK(printable(verdict->reason));
      if (bad.must_tell) {
        CHECK(told);
        CHECK(verdict->state != model::routing_state::routed);
      }
    }
  }
}

TEST_CASE("with --compat=traefik1 a bad value ends no process and leaves verdicts", "[integration][labels][hostile]") {
  for (const auto& row : discovery::traefik1::schema().rows()) {
    for (const auto& bad : bad_values(row.type)) {
      CAPTURE(row.key, bad.what);
      discovery::options options;
      options.entry_points = {"http"};
      options.compat_traefik1 = true;
      const auto made = discovery::translator(options).translate(swarm_with(with(basic("Host:bad.example"), filled(row.key), bad.value)), {}, true);
      CHECK(made.verdicts->size() == 3);
      CHECK(made.refused == (made.config == nullptr));
    }
  }
}

TEST_CASE("hostile names of labels, segments and parts", "[integration][labels][hostile]") {
  const std::set<std::string> others{"one", "two"};
  const std::string before = route(swarm_with(basic("Host:bad.example"))).all_of(others);
  for (const std::string part : {"a\nb", "\xff", "{{x}}", "a\"b", "..", "", "*", "traefik", "a b"}) {
    for (const std::string& key : {"traefik." + part + ".port", "traefik.frontend.errors." + part + ".status", "traefik." + part,
                                   "traefik.frontend.rateLimit.rateSet." + part + ".period", "traefik." + part + ".frontend.rule"}) {
      CAPTURE(key);
      const auto world = route(swarm_with(with(basic("Host:bad.example"), key, "x")));
      CHECK(world.all_of(others) == before);
      REQUIRE(world.verdict("bad") != nullptr);
      for (const auto& d : world.verdict("bad")->diagnostics) CHECK(printable(d.value + d.text + d.fix + d.label));
    }
  }
}
