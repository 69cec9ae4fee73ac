// GET /api/l4: what it shows, which questions it takes, and the tables of ipvsadm that are made of it.
#include "admin/layer4_table.hpp"
#include "admin/routes.hpp"
#include "process/version.hpp"

#include "catch.hpp"
#include "layer4_sample.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::app::admin;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

struct place {
  place() {
    from.layer4 = [this](const proxy::layer4_wishes& w) {
      wished = w;
      return sample.figures();
    };
    from.layer4_connections = [this](std::string_view service, std::size_t most) {
      asked = service;
      return std::vector<proxy::layer4_connection>(std::min<std::size_t>(most, open), one);
    };
    one.service = "docker/pg";
    one.entry_point = "pg";
    one.local = "0.0.0.0:5432";
    one.client = "192.168.0.1";
    one.client_port = 52'000;
    one.server = "10.0.1.5:5432";
  }
  response get(const std::string& query) const { return respond({"GET", "/api/l4" + query}, from); }
  std::string body(const std::string& query) const {
    const response r = get(query);
    CHECK(r.status == 200);
    if (!r.pieces) return body_of(r);
    std::string all, piece;
    do {
      all += piece;
      piece.clear();
      r.pieces->next(piece);
    } while (!piece.empty());
    return all;
  }
  std::string heading() const { return ipvs::heading(app::version_number(), 2) + "\n"; }

  test::layer4_sample sample;
  sources from;
  proxy::layer4_connection one;
  std::size_t open = 2;
  mutable proxy::layer4_wishes wished;
  mutable std::string asked;
};

}  // namespace

TEST_CASE("services below HTTP as JSON", "[unit][app][l4]") {
  place p;
  const json all = json::parse(p.body(""));
  CHECK(p.wished.persistence);
  CHECK(p.wished.open == proxy::layer4_wishes::open_connections::all);
  CHECK(all["workers"] == 2);
  CHECK(all["generation"] == 7);
  CHECK(all["persistence"] == json{{"entries", 3}, {"evicted", 1}, {"refused", 2}});
  REQUIRE(all["services"].size() == 4);
  const json& pg = all["services"][0];
  CHECK(pg["protocol"] == "tcp");
  CHECK(pg["name"] == "pg");
  CHECK(pg["provider"] == "docker");
  CHECK(pg["service"] == "shop_pg");
  CHECK(pg["entrances"] == json::array({{{"entryPoint", "pg"}, {"address", "0.0.0.0:5432"}, {"sni", json::array()}}}));
  CHECK(pg["scheduler"] == "mh");
  CHECK(pg["schedulerFlags"] == json::array({"fallback"}));
  CHECK(pg["persistence"] == json{{"timeoutSec", 300.0}, {"prefixV4", 24}, {"prefixV6", 64}, {"group", "db"}});
  CHECK(pg["maxConn"] == 100);
  CHECK(pg["maxConnResume"] == 75);
  CHECK(pg["idleSec"] == 600.0);
  CHECK(pg["open"] == 3);
  CHECK(pg["refused"] == json{{"whiteList", 0}, {"noServer", 5}, {"share", 0}});
  CHECK(pg["waited"] == 4);
  CHECK(pg["connections"] == 4);
  CHECK(pg["bytesOut"] == 1972);
  REQUIRE(pg["servers"].size() == 2);
  const json& a = pg["servers"][0];
  CHECK(a["address"] == "10.0.1.6:5432");
  CHECK(a["task"] == "task1");
  CHECK(a["slot"] == 1);
  CHECK(a["nodeName"] == "alpha");
  CHECK(a["forward"] == "Masq");
  CHECK(a["active"] == 2);
  CHECK(a["inactive"] == 1);
  CHECK(a["persistent"] == 3);
  CHECK(a["packetsIn"] == 12);
  CHECK_FALSE(a.contains("lastError"));
  CHECK(pg["servers"][1]["leaving"] == true);
  CHECK(pg["servers"][1]["held"] == true);
  CHECK(pg["servers"][1]["lastError"]["text"] == "connection refused");
  CHECK(all["services"][2]["entrances"].empty());
  const json& dns = all["services"][3];
  CHECK(dns["protocol"] == "udp");
  CHECK(dns["onePacket"] == true);
  CHECK(dns["drops"] == json{{"no-server", 9}});
}

TEST_CASE("the tables of ipvsadm, of what is served", "[unit][app][l4]") {
  place p;
  CHECK(p.body("?as=text") == p.heading() +
                                  "Prot LocalAddress:Port Scheduler Flags\n"
                                  "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
                                  "TCP  0.0.0.0:5432 mh (mh-fallback) persistent 300 mask 255.255.255.0\n"
                                  "  -> 10.0.1.5:5432                Masq    0      0          0         \n"
                                  "  -> 10.0.1.6:5432                Masq    1      2          1         \n"
                                  "TCP  127.0.0.1:8443 wlc\n"
                                  "UDP  0.0.0.0:53 wlc ops\n"
                                  "TCP  [::]:443 wlc sni=db.example,*.db.example\n");
  CHECK(p.body("?as=text&view=stats&service=pg") == p.heading() +
                                                        "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n"
                                                        "  -> RemoteAddress:Port\n"
                                                        "TCP  0.0.0.0:5432                        4       24       16     1576     1972\n"
                                                        "  -> 10.0.1.5:5432                       2       12        8      788      986\n"
                                                        "  -> 10.0.1.6:5432                       2       12        8      788      986\n");
  CHECK_THAT(p.body("?as=text&view=thresholds&service=docker/pg"),
             Contains("  -> 10.0.1.6:5432                100        75         2          1         \n"));
  CHECK_THAT(p.body("?as=text&view=persistent-conn&service=shop_pg"),
             Contains("  -> 10.0.1.6:5432                1         3           2          1         \n"));
  CHECK_THAT(p.body("?as=text&names=1&service=pg"),
             Contains("TCP  0.0.0.0:5432 mh (mh-fallback) persistent 300 mask 255.255.255.0 service=pg\n") &&
                 Contains("Masq    0      0          0          service=shop_pg task=task2 slot=2 node=node2\n"));
}

TEST_CASE("the table of rates is the kernel's estimate", "[unit][app][l4]") {
  place p;
  const auto start = base::now();
  proxy::layer4_figures f = p.sample.figures();
  f.tcp[0].counts = f.tcp[0].servers[0].counts = {};
  p.from.layer4_rates->look(f, start);
  f.tcp[0].counts.connections += 400;
  f.tcp[0].servers[0].counts.bytes_in += 8'000;
  p.from.layer4_rates->look(f, start + std::chrono::seconds(2));
  // A quarter of 200 a second, of 4,000 bytes.
  CHECK_THAT(p.body("?as=text&view=rate&service=pg"),
             Contains("TCP  0.0.0.0:5432                       50        0        0        0        0\n") &&
                 Contains("  -> 10.0.1.6:5432                       0        0        0     1000        0\n"));
  CHECK(json::parse(p.body(""))["services"][0]["rate"]["connections"] == 50);
  p.from.layer4_rates->look(proxy::layer4_figures{}, start + std::chrono::seconds(4));
  p.from.layer4_rates->look(f, start + std::chrono::seconds(5));  // another one of that name: it begins with nothing
  CHECK(json::parse(p.body(""))["services"][0]["servers"][0]["rate"]["bytesIn"] == 0);
}

TEST_CASE("connections that are open", "[unit][app][l4]") {
  place p;
  CHECK(p.body("?as=text&view=connections") == p.heading() +
                                                   "pro expire state       source             virtual            destination\n"
                                                   "TCP --:--  ESTABLISHED 192.168.0.1:52000  0.0.0.0:5432       10.0.1.5:5432\n"
                                                   "TCP --:--  ESTABLISHED 192.168.0.1:52000  0.0.0.0:5432       10.0.1.5:5432\n");
  CHECK(p.asked.empty());
  CHECK_FALSE(p.wished.persistence);
  p.open = 1'000'000;
  p.one.half_closed = true;
  p.one.expires_in = std::chrono::seconds(125);
  const std::string most = p.body("?as=text&view=connections&service=pg");
  CHECK(std::count(most.begin(), most.end(), '\n') == 10'002);
  CHECK_THAT(most, Contains("TCP 02:05  FIN_WAIT    192.168.0.1:52000"));
  CHECK(p.asked == "docker/pg");
  p.open = 1;
  const json one = json::parse(p.body("?view=connections"))["connections"][0];
  CHECK(one["state"] == "FIN_WAIT");
  CHECK(one["expiresSec"] == 125);
  CHECK(one["client"] == json{{"address", "192.168.0.1"}, {"port", 52'000}});
  CHECK(one["server"] == "10.0.1.5:5432");
}

TEST_CASE("time limits, of all or of one service", "[unit][app][l4]") {
  place p;
  CHECK(p.body("?as=text&view=timeout") == "Timeout (tcp tcpfin udp): 0 0 60\n");
  CHECK(p.body("?as=text&view=timeout&service=pg") == "Timeout (tcp tcpfin udp): 600 0 60\n");
}

TEST_CASE("questions that have no answer say why", "[unit][app][l4]") {
  place p;
  const response no_service = p.get("?service=%3Cx%3E");
  CHECK(no_service.status == 404);
  CHECK_THAT(no_service.body, Contains("there is no TCP or UDP service <x>"));
  const response no_view = p.get("?as=text&view=everything");
  CHECK(no_view.status == 400);
  CHECK_THAT(no_view.body, Contains("thresholds"));
  CHECK(p.get("?service=unused&as=text").status == 200);
  p.from.layer4 = {};
  CHECK(json::parse(p.body(""))["services"].empty());
}

TEST_CASE("many services are told piece by piece", "[unit][app][l4]") {
  place p;
  p.from.layer4 = [&](const proxy::layer4_wishes&) {
    proxy::layer4_figures out = p.sample.figures();
    out.tcp.resize(3'000, out.tcp[0]);
    return out;
  };
  const response r = p.get("");
  std::string piece, all;
  std::size_t pieces = 0;
  for (;; ++pieces) {
    piece.clear();
    r.pieces->next(piece);
    if (piece.empty()) break;
    CHECK(piece.size() < 64 * 1024);
    all += piece;
  }
  CHECK(pieces > 20);
  CHECK(json::parse(all)["services"].size() == 3'001);
}

TEST_CASE("addresses are taken apart", "[unit][app][l4]") {
  CHECK(endpoint_of("10.0.0.5:80").address == "10.0.0.5");
  CHECK(endpoint_of("10.0.0.5:80").port == 80);
  CHECK(endpoint_of("[fd00::1]:5432").address == "fd00::1");
  CHECK(endpoint_of("[fd00::1]:5432").port == 5432);
  CHECK(endpoint_of("").port == 0);
}

namespace {

/// … with a service of the swarm that the database belongs to.
struct dashboard_place : place {
  dashboard_place() {
    verdict.service = "shop_pg";
    verdict.service_id = "svc1";
    verdict.state = model::routing_state::routed;
    from.providers = [] { return std::vector<model::provider_configuration>(); };
    from.verdicts = [this] { return std::make_shared<const model::verdict_list>(std::vector<model::verdict>{verdict}); };
    from.status = [] { return discovery::status{}; };
    from.stats = [] { return proxy::stats{}; };
    from.changes = [] { return std::vector<numbered_change>(); };
  }
  json overview() const { return json::parse(body_of(respond({"GET", "/api/overview"}, from))); }
  model::verdict verdict;
};

}  // namespace

TEST_CASE("the dashboard has services below HTTP on their services' cards, others on one of their own", "[unit][app][l4]") {
  const dashboard_place p;
  const json all = p.overview();
  const json& pg = all["services"]["shop_pg"];
  REQUIRE(pg["streams"].size() == 1);
  const json& stream = pg["streams"][0];
  CHECK(stream["key"] == "tcp docker/pg");
  CHECK(stream["scheduler"] == "mh");
  CHECK(stream["persistentSec"] == 300);
  CHECK(stream["entrances"][0]["address"] == "0.0.0.0:5432");
  CHECK(stream["servers"][1] == json{{"address", "10.0.1.5:5432"}, {"weight", 1}, {"task", "task2"}, {"slot", 2}, {"node", "node2"}});
  const json& other = all["services"]["file: tls"];
  CHECK(other["provider"] == "file");
  CHECK(other["streams"][0]["entrances"][0]["sni"] == json::array({"db.example", "*.db.example"}));
  CHECK(all["services"].contains("docker: dns"));
  CHECK_FALSE(all["services"].contains("docker: unused"));
  CHECK(all["streams"]["tcp docker/pg"] == json::array({4, 5, 1576, 1972, 3}));
  CHECK(all["ends"]["tcp docker/pg 10.0.1.6:5432"] == json::array({2, 0, 788, 986, 2, 1, false, false}));
  CHECK(all["ends"]["tcp docker/pg 10.0.1.5:5432"] == json::array({2, 3, 788, 986, 0, 0, true, true}));
}

TEST_CASE("a service none of whose servers below HTTP answers is failing", "[unit][app][l4]") {
  dashboard_place p;
  bool both = false;
  p.from.layer4 = [&](const proxy::layer4_wishes&) {
    proxy::layer4_figures out = p.sample.figures();
    proxy::layer4_server_figures& up = out.tcp[0].servers[0];
    out.tcp[0].servers[1].leaving = false;
    if (both) up.held = true, up.trouble = "connection refused", up.trouble_age = 3;
    return out;
  };
  json pg = p.overview()["services"]["shop_pg"];
  CHECK(pg["state"] == "routed-with-warnings");
  CHECK_THAT(pg["reason"].get<std::string>(), Contains("1 of 2 servers of tcp service pg refuses connections: connection refused"));
  CHECK_THAT(pg["findings"][0]["fix"].get<std::string>(), Contains("waggle.tcp.port"));
  both = true;
  pg = p.overview()["services"]["shop_pg"];
  CHECK(pg["state"] == "failing");
  CHECK_THAT(pg["reason"].get<std::string>(), Contains("all 2 servers refuse connections"));
}
