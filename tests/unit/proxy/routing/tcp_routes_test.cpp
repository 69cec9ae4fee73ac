// Which TCP router takes a connection.
#include "routing/tcp_routes.hpp"

#include "catch.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace waggle;
using namespace waggle::proxy;
using routing::tcp_router;

namespace {

struct routers {
  std::vector<tcp_router> all;
  routers& add(std::string name, const std::function<void(model::tcp_router&)>& change = {}) {
    auto r = std::make_shared<model::tcp_router>();
    r->name = std::move(name);
    if (change) change(*r);
    auto made = routing::make_tcp_router("docker", r);
    INFO((made ? std::string() : made.error().reason));
    REQUIRE(made.has_value());
    all.push_back(std::move(*made));
    return *this;
  }
  routing::tcp_entry_routes entry() const {
    std::vector<std::size_t> places(all.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    return routing::tcp_entry_routes(all, places);
  }
  std::string find(const routing::tcp_question& q) const {
    const int i = entry().find(all, q);
    return i < 0 ? "-" : all[static_cast<std::size_t>(i)].name;
  }
  std::string plain(const char* from = "192.0.2.1") const {
    routing::tcp_question q;
    REQUIRE(io::parse_ip(from, q.client));
    return find(q);
  }
  /// @param alpn  as a hello has it.
  std::string tls(std::string_view sni, std::string_view alpn = {}) const {
    routing::tcp_question q{.tls = true, .sni = sni};
    if (!alpn.empty()) q.alpn = tls::alpn_list(alpn);
    return find(q);
  }
};

std::function<void(model::tcp_router&)> named(std::vector<std::string> names, int priority = 0) {
  return [=](model::tcp_router& r) {
    r.match.sni = names;
    r.priority = priority;
    r.tls = model::tcp_tls::passthrough;
  };
}

std::string refused(const std::function<void(model::tcp_router&)>& change) {
  auto r = std::make_shared<model::tcp_router>();
  change(*r);
  const auto made = routing::make_tcp_router("docker", r);
  return made ? std::string() : made.error().reason;
}

}  // namespace

TEST_CASE("a router without conditions takes everybody, and no byte is waited for", "[unit][proxy][routing][tcp]") {
  routers all;
  CHECK(all.plain() == "-");
  CHECK(all.entry().least_specific() == -1);
  all.add("pg");
  CHECK(all.plain() == "pg");
  CHECK(all.tls("db.example") == "pg");
  CHECK_FALSE(all.entry().reads_hello());
  all.add("star", [](model::tcp_router& r) { r.match.sni = {"*"}; });
  CHECK_FALSE(all.entry().reads_hello());
}

TEST_CASE("an exact name goes before the longest wildcard, that before a pattern, that before any", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("plain").add("any-tls", named({"*"})).add("pattern", [](model::tcp_router& r) { r.match.sni_regex = {"^db[0-9]+\\.example$"}; });
  all.add("short", named({"*.example"})).add("long", named({"*.eu.example"})).add("exact", named({"db.eu.example", "DB2.Example."}));
  CHECK(all.entry().reads_hello());
  CHECK(all.tls("db.eu.example") == "exact");
  CHECK(all.tls("db2.example") == "exact");
  CHECK(all.tls("x.eu.example") == "long");
  CHECK(all.tls("a.b.eu.example") == "long");
  CHECK(all.tls("db7.example") == "short");  // a wildcard goes before a pattern
  CHECK(all.tls("example") == "any-tls");    // a wildcard wants something in front
  CHECK(all.tls("") == "any-tls");
  CHECK(all.plain() == "plain");
  CHECK(all.all[static_cast<std::size_t>(all.entry().least_specific())].name == "plain");
}

TEST_CASE("a pattern is asked where no name fits", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("pattern", [](model::tcp_router& r) { r.match.sni_regex = {"^DB[0-9]+\\.example$"}; });
  CHECK(all.tls("db7.example") == "pattern");
  CHECK(all.tls("db.example") == "-");
  CHECK(all.plain() == "-");
}

TEST_CASE("who does not speak TLS gets no router that asks for it", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("tls", named({"*"}));
  CHECK(all.plain() == "-");
  CHECK(all.tls("x") == "tls");
}

TEST_CASE("priority goes before all, and before it names of routers do not count", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("exact", named({"db.example"})).add("wild", named({"*.example"}, 5));
  CHECK(all.tls("db.example") == "wild");
  routers equal;
  equal.add("first", named({"db.example"})).add("second", named({"db.example"}));
  CHECK(equal.tls("db.example") == "first");
}

TEST_CASE("ALPN narrows, and acme-tls/1 never decides", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("any", named({"db.example"})).add("h2", [](model::tcp_router& r) {
    r.match.sni = {"db.example"};
    r.match.alpn = {"h2", "acme-tls/1"};
  });
  CHECK(all.tls("db.example") == "any");
  CHECK(all.tls("db.example", "\x02h2") == "h2");
  CHECK(all.tls("db.example", "\x08http/1.1\x02h2") == "h2");
  CHECK(all.tls("db.example", "\x08http/1.1") == "any");
  CHECK(all.tls("db.example",
                "\x0a"
                "acme-tls/1") == "any");
}

TEST_CASE("the client's address narrows", "[unit][proxy][routing][tcp]") {
  routers all;
  all.add("all").add("office", [](model::tcp_router& r) { r.match.client_ip = {"10.0.0.0/8", "2001:db8::/32"}; });
  CHECK(all.plain("10.1.2.3") == "office");
  CHECK(all.plain("2001:db8::1") == "office");
  CHECK(all.plain("192.0.2.1") == "all");
}

TEST_CASE("a router that cannot be meant says why", "[unit][proxy][routing][tcp]") {
  CHECK(refused([](model::tcp_router& r) { r.match.sni = {"a..b"}; }) == "\"a..b\" is no name such as db.example, *.db.example or *");
  for (const char* name : {"", "*.", "a*.example", "*.*.example", "db example", "."}) {
    CAPTURE(name);
    CHECK(refused([&](model::tcp_router& r) { r.match.sni = {name}; }).find("is no name such as") != std::string::npos);
  }
  CHECK(refused([](model::tcp_router& r) { r.match.sni_regex = {"("}; }).find("regular expression \"(\"") == 0);
  CHECK(refused([](model::tcp_router& r) { r.white_list = {"10.0.0.0/40"}; }).find("white list: ") == 0);
  CHECK(refused([](model::tcp_router& r) { r.match.client_ip = {"office"}; }).find("client address: ") == 0);
}

TEST_CASE("ten thousand names cost a look-up", "[unit][proxy][routing][tcp]") {
  routers all;
  for (int i = 0; i < 10'000; ++i) all.add("r" + std::to_string(i), named({"db" + std::to_string(i) + ".example"}));
  const routing::tcp_entry_routes entry = all.entry();
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = "db" + std::to_string(i) + ".example";
    REQUIRE(entry.find(all.all, {.tls = true, .sni = name}) == i);
  }
}
