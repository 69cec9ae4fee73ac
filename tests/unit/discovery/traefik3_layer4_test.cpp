// traefik.tcp.* and traefik.udp.*: the second reader of services below HTTP.
#include <catch.hpp>

#include "labels/traefik3/layer4_parse.hpp"
#include "labels/traefik3/tcp_rule.hpp"
#include "layer4.hpp"

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;
using model::severity;
using model::tcp_match;
using traefik3::parse_tcp_rule;

namespace {

labels traefik_tcp(const std::string& key = {}, const std::string& value = {}) {
  labels out{{"traefik.tcp.routers.db.rule", "HostSNI(`*`)"}, {"traefik.tcp.services.sql.loadbalancer.server.port", "5432"}};
  if (!key.empty()) out["traefik.tcp." + key] = value;
  return out;
}
labels and_also(labels l, const std::string& key, const std::string& value) {
  l[key] = value;
  return l;
}

tcp_match rule(const std::string& text) {
  CAPTURE(text);
  const auto out = parse_tcp_rule(text);
  REQUIRE(out.has_value());
  return *out;
}
std::string wrong(const std::string& text) {
  CAPTURE(text);
  const auto out = parse_tcp_rule(text);
  REQUIRE(out.has_error());
  return out.error().reason;
}

}  // namespace

TEST_CASE("rules of TCP routers", "[unit][discovery][layer4]") {
  CHECK(rule("HostSNI(`*`)") == tcp_match{});
  CHECK(rule("HostSNI(`DB.example.`)") == tcp_match{{"db.example"}, {}, {}, {}});
  CHECK(rule("hostsni(\"*.db.example\")") == tcp_match{{"*.db.example"}, {}, {}, {}});
  CHECK(rule(" HostSNI( `b` , `a` ) ") == tcp_match{{"a", "b"}, {}, {}, {}});
  CHECK(rule("HostSNI(`b`)||HostSNI(`a`) || HostSNI(`b`)") == tcp_match{{"a", "b"}, {}, {}, {}});
  CHECK(rule("HostSNI(`a`) && ClientIP(`10.0.0.0/8`)") == tcp_match{{"a"}, {}, {"10.0.0.0/8"}, {}});
  CHECK(rule("HostSNI(`*`) && (ClientIP(`10.0.0.0/8`) || ClientIP(`::1`))") == tcp_match{{}, {}, {"10.0.0.0/8", "::1"}, {}});
  CHECK(rule("(HostSNI(`a`) || HostSNI(`b`)) && ALPN(`h2`) && ClientIP(`1.2.3.4`)") == tcp_match{{"a", "b"}, {}, {"1.2.3.4"}, {"h2"}});
  CHECK(rule("HostSNIRegexp(`^[a-z]{1,3}\\.example$`)") == tcp_match{{}, {"^[a-z]{1,3}\\.example$"}, {}, {}});
  CHECK(rule("HostSNI(`a`) && ClientIP(`1.1.1.1`) || HostSNI(`b`) && ClientIP(`1.1.1.1`)") == tcp_match{{"a", "b"}, {}, {"1.1.1.1"}, {}});
  CHECK(rule("HostSNI(`*`) || HostSNI(`a`)") == tcp_match{});
  CHECK(rule("HostSNI(`*`) && HostSNI(`a`)") == tcp_match{{"a"}, {}, {}, {}});
  CHECK(rule("ALPN(\"a\\\"b\")") == tcp_match{{}, {}, {}, {"a\"b"}});
  CHECK(rule("((HostSNI(`a`)))") == tcp_match{{"a"}, {}, {}, {}});
}

TEST_CASE("rules that waggle cannot tell apart say so", "[unit][discovery][layer4]") {
  CHECK(wrong("!HostSNI(`a`)").find("negation") != std::string::npos);
  CHECK(wrong("HostSNI(`a`) && !ClientIP(`10.0.0.0/8`)").find("negation") != std::string::npos);
  CHECK(wrong("HostSNI(`a`) || ClientIP(`10.0.0.0/8`)").find("unlike") != std::string::npos);
  CHECK(wrong("HostSNI(`a`) || HostSNIRegexp(`b`)").find("unlike") != std::string::npos);
  CHECK(wrong("HostSNI(`a`) && ClientIP(`1.1.1.1`) || HostSNI(`b`) && ClientIP(`2.2.2.2`)").find("unlike") != std::string::npos);
  CHECK(wrong("HostSNI(`a`) && HostSNI(`b`)").find("two things of one kind") != std::string::npos);
  CHECK(wrong("HostSNIRegexp(`{sub:[a-z]+}.example`)").find("Traefik 2") != std::string::npos);
}

TEST_CASE("texts that are no rules", "[unit][discovery][layer4]") {
  for (const std::string& bad : {std::string(),
                                 std::string(" "),
                                 std::string("HostSNI"),
                                 std::string("HostSNI()"),
                                 std::string("HostSNI(a)"),
                                 std::string("HostSNI(`a`"),
                                 std::string("HostSNI(`a"),
                                 std::string("HostSNI(`a`))"),
                                 std::string("HostSNI(`a`) &&"),
                                 std::string("HostSNI(`a`) HostSNI(`b`)"),
                                 std::string("(HostSNI(`a`)"),
                                 std::string("Host(`a`)"),
                                 std::string("HostSNI(`10.0.0.1`)"),
                                 std::string("ClientIP(`x`)"),
                                 std::string("ClientIP(`10.0.0.0/40`)"),
                                 std::string("ALPN(`acme-tls/1`)"),
                                 std::string("ALPN(``)"),
                                 std::string("HostSNIRegexp(`(`)"),
                                 std::string("&& HostSNI(`a`)"),
                                 std::string("HostSNI(`a`,)"),
                                 std::string("ALPN(\"\\q\")"),
                                 std::string(100, '(') + "HostSNI(`a`)",
                                 std::string(60'000, '('),
                                 std::string(60'000, '!'),
                                 std::string("\xff\xfe(`a`)")}) {
    CAPTURE(bad.substr(0, 100));
    const auto out = parse_tcp_rule(bad);
    REQUIRE(out.has_error());
    CHECK(out.error().reason.size() < 300);
  }
}

TEST_CASE("a long rule is read in time", "[unit][discovery][layer4]") {
  std::string text = "HostSNI(`n0.example`)";
  for (int i = 1; i < 3000; ++i) text += " || HostSNI(`n" + std::to_string(i) + ".example`)";
  CHECK(rule(text).sni.size() == 3000);
}

TEST_CASE("Traefik's TCP router and service", "[unit][discovery][layer4]") {
  const sole s(traefik_tcp());
  CHECK(s.clean());
  CHECK(s.all.config->http == model::http_configuration{});
  CHECK(s.tcp_router().name == "db");
  CHECK(s.tcp_router().service == "sql");
  CHECK(s.tcp_router().rule == "HostSNI(`*`)");
  CHECK(s.tcp_router().match == tcp_match{});
  CHECK(s.tcp_router().entry_points == std::vector<std::string>{"pg"});
  CHECK(s.tcp().name == "sql");
  CHECK(s.tcp().servers.front().url == "tcp://10.0.1.5:5432");
  CHECK(s.verdict().tcp_routers == std::vector<std::string>{"db"});

  const sole any_case(labels{{"traefik.TCP.Routers.DB.RULE", "HostSNI(`a.example`)"},
                             {"traefik.tcp.routers.DB.entrypoints", "pg"},
                             {"traefik.tcp.routers.DB.priority", "7"},
                             {"traefik.tcp.routers.DB.Service", "sql@swarm"},
                             {"traefik.tcp.routers.DB.tls.PassThrough", "true"},
                             {"traefik.tcp.services.sql.LoadBalancer.Server.Port", "5432"},
                             {"traefik.tcp.services.sql.loadbalancer.server.weight", "4"}});
  CHECK(any_case.clean());
  CHECK(any_case.tcp_router().name == "DB");
  CHECK(any_case.tcp_router().priority == 7);
  CHECK(any_case.tcp_router().tls == model::tcp_tls::passthrough);
  CHECK(any_case.tcp_router().match.sni == std::vector<std::string>{"a.example"});
  CHECK(any_case.tcp().servers.front().weight == 4);
}

TEST_CASE("Traefik's options of TCP services", "[unit][discovery][layer4]") {
  const std::string lb = "services.sql.loadbalancer.";
  CHECK(sole(traefik_tcp(lb + "proxyprotocol", "true")).tcp().proxy_protocol == 2);
  CHECK(sole(traefik_tcp(lb + "proxyprotocol.version", "1")).tcp().proxy_protocol == 1);
  CHECK(sole(and_also(traefik_tcp(lb + "proxyprotocol.version", "1"), "traefik.tcp.services.sql.loadbalancer.proxyprotocol", "false"))
            .tcp()
            .proxy_protocol == 0);
  const sole delay(traefik_tcp(lb + "terminationdelay", "100"));
  CHECK(delay.verdict().state == model::routing_state::routed);
  CHECK(delay.finding("ignored").level == severity::note);
  const sole check(and_also(traefik_tcp(lb + "healthcheck.send", "PING\\r\\n"), "traefik.tcp.services.sql.loadbalancer.healthcheck.interval", "9s"));
  CHECK(check.tcp().health_check == model::tcp_health_check{0, "PING\r\n", "", false, 9s, 5s, model::on_server_down::keep});
  CHECK(sole(traefik_tcp(lb + "healthcheck", "true")).tcp().health_check->interval == 30s);
}

TEST_CASE("what of Traefik's TCP is not served costs what depends on it, and says so", "[unit][discovery][layer4]") {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"routers.db.tls", "true", "tls-not-served"},
      {"routers.db.tls.certresolver", "le", "tls-not-served"},
      {"routers.db.tls.domains[0].main", "a.example", "tls-not-served"},
      {"routers.db.rule", "HostSNI(`a.example`)", "rule-needs-tls"},
      {"routers.db.rule", "", "no-rule"},
      {"routers.db.rule", "Nonsense", "bad-rule"},
      {"routers.db.service", "elsewhere", "unknown-service"},
      {"routers.db.service", "sql@file", "unknown-service"},
      {"routers.db.priority", "high", "bad-value"},
      {"routers.db.middlewares", "nobody", "unknown-middleware"},
      {"routers.db.middleware", "lock", "unknown-label"},
      {"routers.db.entrypoints", "nowhere", "no-entry-point"},
      {"services.sql.loadbalancer.server.port", " http", "bad-value"},
      {"services.sql.loadbalancer.server.tls", "true", "not-served"},
      {"services.sql.loadbalancer.serverstransport", "x", "not-served"},
      {"services.sql.loadbalancer.proxyprotocol.version", "3", "bad-value"},
      {"services.sql.weighted.services", "x", "unknown-label"},
  };
  for (const auto& [key, value, code] : cases) {
    CAPTURE(key, value);
    const auto all = translated({running("good", tcp_labels("sni", "good.example")), running("pg", traefik_tcp(key, value), 1, 9)});
    const auto& v = (*all.verdicts)[1];
    CHECK(v.state == model::routing_state::not_routed);
    const auto at = std::find_if(v.diagnostics.begin(), v.diagnostics.end(), [&, c = code](const auto& d) { return d.code == c; });
    REQUIRE(at != v.diagnostics.end());
    CHECK(at->level == severity::error);
    CHECK_FALSE(at->label.empty());
    CHECK_FALSE(at->fix.empty());
    CHECK((*all.verdicts)[0].state == model::routing_state::routed);
  }
  const sole off(and_also(traefik_tcp("routers.db.tls", "false"), "traefik.tcp.routers.db.tls.certresolver", "le"));  // the block is off
  CHECK(off.routed());
  CHECK(sole(traefik_tcp("routers.db.entrypoints", "pg,")).finding("empty-entry").level == severity::note);
  CHECK(sole(traefik_tcp("serverstransports.x.tls.insecureskipverify", "true")).finding("not-served").level == severity::warning);
}

TEST_CASE("a router whose lock is not there is not served", "[unit][discovery][layer4]") {
  const auto locked = [](const std::string& kind, const std::string& value) {
    return and_also(traefik_tcp("routers.db.middlewares", "lock@docker"), "traefik.tcp.middlewares.lock." + kind, value);
  };
  CHECK(sole(locked("ipallowlist.sourcerange", "10.0.0.0/8, ::1")).tcp_router().white_list == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(sole(locked("ipWhiteList.sourceRange", "10.0.0.1")).tcp_router().white_list == std::vector<std::string>{"10.0.0.1"});
  CHECK_FALSE(sole(locked("ipallowlist.sourcerange", "everybody")).routed());
  CHECK_FALSE(sole(locked("ipallowlist.sourcerange", "")).routed());
  CHECK_FALSE(sole(locked("inflightconn.amount", "10")).routed());
  CHECK_FALSE(sole(locked("ipallowlist.sourcerang", "10.0.0.0/8")).routed());
  const auto indexed = and_also(and_also(traefik_tcp(), "traefik.tcp.routers.db.middlewares[0]", "lock"),
                                "traefik.tcp.middlewares.lock.ipallowlist.sourcerange", "10.0.0.0/8");
  CHECK(sole(indexed).tcp_router().white_list == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(sole(indexed).finding("indexed-label").level == severity::note);
  // Two locks that would both have to hold.
  CHECK_FALSE(sole(and_also(locked("ipallowlist.sourcerange", "10.0.0.0/8"), "waggle.tcp.whiteList", "192.168.0.0/16")).routed());
  CHECK(sole(and_also(traefik_tcp(), "waggle.tcp.whiteList", "192.168.0.0/16")).tcp_router().white_list ==
        std::vector<std::string>{"192.168.0.0/16"});
}

TEST_CASE("waggle's labels add to Traefik's services", "[unit][discovery][layer4]") {
  auto l = and_also(traefik_tcp(), "waggle.tcp.scheduler", "rr");
  l["waggle.tcp.drain"] = "2s";
  l["waggle.tcp.persistence"] = "true";
  const sole s(l);
  CHECK(s.clean());
  CHECK(s.all.config->tcp.services.size() == 1);
  CHECK(s.tcp().scheduling.policy == model::scheduler::round_robin);
  CHECK(s.tcp().drain == 2s);
  CHECK(s.tcp().persistence);

  const sole two(and_also(traefik_tcp(), "waggle.tcp.port", "5433"));
  CHECK(two.routed());
  CHECK(two.finding("two-ports").label == "waggle.tcp.port");
  CHECK(two.finding("two-ports").value == "5433");
  CHECK(two.tcp().servers.front().port == 5432);
  CHECK(sole(and_also(traefik_tcp(), "waggle.tcp.port", "5432")).clean());

  const sole own_port(labels{{"traefik.tcp.routers.db.rule", "HostSNI(`*`)"}, {"waggle.tcp.port", "5432"}});
  CHECK(own_port.clean());
  CHECK(own_port.tcp_router().name == "db");
  CHECK(own_port.tcp().servers.front().port == 5432);
  CHECK(sole(and_also(traefik_tcp(), "waggle.tcp.sni", "a.example")).finding("no-effect").label == "waggle.tcp.sni");
  CHECK_FALSE(sole(and_also(traefik_tcp(), "waggle.tcp.drain", "long")).routed());
  // A segment by the name of Traefik's service is that service's.
  const sole named(and_also(traefik_tcp(), "waggle.sql.tcp.scheduler", "nq"));
  CHECK(named.tcp().scheduling.policy == model::scheduler::never_queue);
  CHECK(named.all.config->tcp.services.size() == 1);
}

TEST_CASE("several routers and services of Traefik's on one Swarm service", "[unit][discovery][layer4]") {
  labels l{{"traefik.tcp.routers.a.rule", "HostSNI(`a.example`)"},
           {"traefik.tcp.routers.a.service", "one"},
           {"traefik.tcp.routers.a.tls.passthrough", "true"},
           {"traefik.tcp.routers.b.rule", "HostSNI(`b.example`)"},
           {"traefik.tcp.routers.b.service", "two"},
           {"traefik.tcp.routers.b.tls.passthrough", "true"},
           {"traefik.tcp.services.one.loadbalancer.server.port", "1"},
           {"traefik.tcp.services.two.loadbalancer.server.port", "2"}};
  const sole s(l);
  CHECK(s.clean());
  CHECK(s.all.config->tcp.routers.size() == 2);
  CHECK(s.all.config->tcp.services.size() == 2);
  l["traefik.tcp.routers.b.rule"] = "Nonsense";
  const sole one(l);  // the other one does not notice
  CHECK(one.verdict().state == model::routing_state::routed_with_warnings);
  CHECK(one.verdict().tcp_routers == std::vector<std::string>{"a"});
  CHECK(one.all.config->tcp.services.size() == 1);
  l.erase("traefik.tcp.routers.a.service");
  CHECK(sole(l).finding("no-service").label == "traefik.tcp.routers.a.service");
  const sole lonely(labels{{"traefik.tcp.services.sql.loadbalancer.server.port", "1"}});
  CHECK_FALSE(lonely.routed());
  CHECK(lonely.finding("no-router").fix.find("HostSNI(`*`)") != std::string::npos);
}

TEST_CASE("Swarm services that name one of Traefik's services share it", "[unit][discovery][layer4]") {
  auto blue = traefik_tcp("services.sql.loadbalancer.server.weight", "3"), green = traefik_tcp("services.sql.loadbalancer.server.weight", "1");
  const auto t = translated({running("blue", blue, 1, 5), running("green", green, 1, 6)});
  REQUIRE(t.config->tcp.services.size() == 1);
  CHECK(t.config->tcp.routers.size() == 1);
  REQUIRE(t.config->tcp.services.front().servers.size() == 2);
  CHECK(t.config->tcp.services.front().servers[0].weight == 3);
  for (const auto& v : *t.verdicts) CHECK(v.state == model::routing_state::routed);
  green["traefik.tcp.routers.db.rule"] = "ClientIP(`10.0.0.0/8`)";
  const auto differing = translated({running("blue", blue, 1, 5), running("green", green, 1, 6)});
  CHECK((*differing.verdicts)[1].state == model::routing_state::routed_with_warnings);
  // One name for two services' routers: both are served.
  auto other = traefik_tcp("routers.db.rule", "ClientIP(`10.0.0.0/8`)");
  other.erase("traefik.tcp.services.sql.loadbalancer.server.port");
  other["traefik.tcp.services.other.loadbalancer.server.port"] = "1";
  const auto renamed = translated({running("blue", blue, 1, 5), running("green", other, 1, 6)});
  REQUIRE(renamed.config->tcp.routers.size() == 2);
  CHECK(renamed.config->tcp.routers[1].name == "db-green");
}

TEST_CASE("Traefik's UDP", "[unit][discovery][layer4]") {
  labels l{{"traefik.udp.routers.dns.entrypoints", "dns"}, {"traefik.udp.services.dns.loadbalancer.server.port", "53"}};
  const sole s(l);
  CHECK(s.clean());
  CHECK(s.udp_router().entry_points == std::vector<std::string>{"dns"});
  CHECK(s.udp().session_idle == 3s);
  l["waggle.udp.timeout.idle"] = "30s";
  CHECK(sole(l).udp().session_idle == 30s);
  l.erase("traefik.udp.routers.dns.entrypoints");
  l["traefik.udp.routers.dns.service"] = "dns";
  CHECK(sole(l).udp_router().entry_points == std::vector<std::string>{"dns"});
  CHECK(sole(and_also(l, "traefik.udp.routers.dns.rule", "x")).finding("unknown-label").level == severity::error);
  CHECK_FALSE(sole(labels{{"traefik.udp.routers.dns.entrypoints", "dns"}}).routed());
}

TEST_CASE("Traefik's labels below HTTP are no segments of Traefik 1, and stand beside its labels", "[unit][discovery][layer4]") {
  auto l = traefik_tcp();
  for (const auto& [key, value] : basic()) l[key] = value;
  const sole s(l);
  CHECK(s.clean());
  CHECK(s.all.config->http.routers.size() == 1);
  CHECK(s.all.config->tcp.routers.size() == 1);
  const sole beside(and_also(traefik_tcp(), "traefik.http.routers.web.rule", "Host(`a`)"));
  CHECK(beside.routed());
  CHECK(beside.finding("traefik2-label").level == severity::warning);
  CHECK(traefik3::is_layer4_key("traefik.tcp.routers.x.rule"));
  CHECK(traefik3::is_layer4_key("traefik.UDP.Services.x"));
  for (const char* other :
       {"traefik.tcp.port", "traefik.udp.frontend.rule", "traefik.http.routers.x.rule", "Traefik.tcp.routers.x.rule", "traefik.tcp"})
    CHECK_FALSE(traefik3::is_layer4_key(other));
}

TEST_CASE("hostile labels of Traefik below HTTP are bounded", "[unit][discovery][layer4]") {
  std::string many = "HostSNI(`x`)";
  while (many.size() < 60'000) many += " || ClientIP(`10.0.0.0/8`)";
  for (const std::string& value : {std::string(60'000, 'x'), std::string(60'000, ','), many, std::string("\0\n", 2)}) {
    for (const char* key :
         {"routers.db.rule", "routers.db.entrypoints", "routers.db.middlewares", "routers.db.service", "routers.db.tls.passthrough",
          "services.sql.loadbalancer.server.port", "services.sql.loadbalancer.healthcheck.send", "middlewares.m.ipallowlist.sourcerange"}) {
      CAPTURE(key);
      const sole s(traefik_tcp(key, value));
      std::size_t bytes = 0;
      for (const auto& d : s.verdict().diagnostics) bytes += d.text.size() + d.fix.size() + d.value.size();
      CHECK(bytes < 5'000);
    }
  }
}
