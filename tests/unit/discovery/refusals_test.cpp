// What the proxy refuses, in the verdict of the service that asked for it.
#include <catch.hpp>

#include <waggle/discovery/refusals.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace waggle;
using discovery::concerns;
using discovery::tell_refusals;
using model::routing_state;

namespace {

model::verdict routed(std::vector<std::string> frontends) {
  model::verdict v;
  v.service = "web";
  v.state = routing_state::routed;
  v.frontends = std::move(frontends);
  return v;
}

model::router_key http(std::string name) { return {model::protocol::http, std::move(name)}; }

}  // namespace

TEST_CASE("a service whose only frontend the proxy refuses is not routed, and told the label", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a"});
  CHECK(tell_refusals(v, {{http("frontend-a"), "error creating circuit breaker: unexpected end"}, {http("frontend-b"), "x"}}));
  CHECK(v.state == routing_state::not_routed);
  CHECK(v.reason == "traefik.backend.circuitbreaker.expression: error creating circuit breaker: unexpected end");
  REQUIRE(v.diagnostics.size() == 1);
  CHECK(v.diagnostics[0].level == model::severity::error);
  CHECK(v.diagnostics[0].code == "refused-by-proxy");
  CHECK(v.diagnostics[0].label == "traefik.backend.circuitbreaker.expression");
  CHECK_FALSE(v.diagnostics[0].fix.empty());
}

TEST_CASE("with another frontend left it is routed, with a warning", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a", "frontend-b"});
  CHECK(tell_refusals(v, {{http("frontend-b"), "something new"}}));
  CHECK(v.state == routing_state::routed_with_warnings);
  CHECK(v.diagnostics.at(0).text == "something new");
  CHECK_FALSE(v.diagnostics.at(0).fix.empty());
}

TEST_CASE("others' refusals are not its own; several of one reason are one finding", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a", "frontend-b"});
  const model::verdict before = v;
  CHECK_FALSE(tell_refusals(v, {{http("frontend-c"), "x"}}));
  CHECK_FALSE(tell_refusals(v, {}));
  CHECK(v == before);
  CHECK(tell_refusals(v, {{http("frontend-a"), "same"}, {http("frontend-b"), "same"}}));
  CHECK(v.diagnostics.size() == 1);
  CHECK(v.state == routing_state::not_routed);
}

TEST_CASE("a refusal that was foreseen is told once, as an error", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a"});
  v.diagnostics.push_back({model::severity::warning, "protocol-not-served", "traefik.protocol", "https", "is not served", "remove it"});
  CHECK(tell_refusals(v, {{http("frontend-a"), "server URL https://h: only http servers are served by this version"}}));
  REQUIRE(v.diagnostics.size() == 1);
  CHECK(v.diagnostics[0].level == model::severity::error);
  CHECK(v.diagnostics[0].code == "protocol-not-served");
  CHECK(v.reason == "traefik.protocol=https: is not served");  // as in the finding, without a name that moves
  CHECK(v.state == routing_state::not_routed);
}

TEST_CASE("a reason is shown as any hostile text is", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a"});
  CHECK(tell_refusals(v, {{http("frontend-a"), "open /x\n\x1b[2J" + std::string(5'000, 'a')}}));
  CHECK(v.diagnostics.at(0).text.size() < 1'000);
  CHECK(v.diagnostics.at(0).text.find('\n') == std::string::npos);
  CHECK(v.reason.find('\x1b') == std::string::npos);
}

TEST_CASE("routers of one name are told apart by their protocol", "[unit][discovery][verdict]") {
  model::verdict v = routed({"frontend-a"});
  v.tcp_routers = {"frontend-a", "db"};
  v.udp_routers = {"dns"};
  v.diagnostics = {{model::severity::warning, "hidden-rule", "", "", "of another", "", http("frontend-b")}};
  const model::verdict before = v;
  const discovery::refusals others{{{model::protocol::udp, "frontend-a"}, "x"},
                                   {{model::protocol::tcp, "frontend-b"}, "x"},
                                   {http("db"), "x"},
                                   {{model::protocol::tcp, "dns"}, "x"}};
  CHECK_FALSE(concerns(v, others));
  CHECK_FALSE(tell_refusals(v, others));
  CHECK(v == before);

  const discovery::refusals one{{{model::protocol::tcp, "frontend-a"}, "no such entry point"}};
  CHECK(concerns(v, one));
  CHECK(tell_refusals(v, one));
  CHECK(v.state == routing_state::routed_with_warnings);
  CHECK(v.diagnostics.at(0).text == "no such entry point");
  CHECK(v.diagnostics.at(1).code == "hidden-rule");

  v = before;
  CHECK(tell_refusals(v, {{http("frontend-a"), "x"},
                          {{model::protocol::tcp, "frontend-a"}, "y"},
                          {{model::protocol::tcp, "db"}, "z"},
                          {{model::protocol::udp, "dns"}, "u"}}));
  CHECK(v.state == routing_state::not_routed);
}
