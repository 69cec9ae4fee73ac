// TCP and UDP in a routes file, in TOML and in YAML.
#include <catch.hpp>

#include "file/parse.hpp"
#include "file/server_address.hpp"
#include "file/yaml_document.hpp"

#include <algorithm>
#include <string>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::file;
using namespace std::chrono_literals;

namespace {

file_options named(const std::string& filename) {
  file_options o;
  o.filename = filename;
  o.entry_points = {"http"};
  o.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}, {"dns", model::protocol::udp, 53, false}};
  return o;
}
parsed_file toml(const std::string& text) { return parse(text, named("routes.toml")); }
parsed_file yaml(const std::string& text) { return parse(text, named("routes.yml")); }

bool told(const std::vector<finding>& list, const std::string& key, const std::string& part = {}) {
  return std::any_of(list.begin(), list.end(), [&](const finding& f) { return f.key == key && f.text.find(part) != std::string::npos; });
}

const std::string whole_toml = R"T(
[backends.web.servers.a]
url = "http://10.0.0.9:80"
[frontends.web]
backend = "web"
[frontends.web.routes.r]
rule = "Host:web.example"

[tcp.routers.db]
entryPoints = ["pg"]
rule = "HostSNI(`db.example`)"
service = "sql"
priority = 7
middlewares = ["lock"]
[tcp.routers.db.tls]
passthrough = true

[tcp.middlewares.lock.ipAllowList]
sourceRange = ["10.0.0.0/8", "::1"]

[tcp.services.sql.loadBalancer]
scheduler = "rr"
maxConn = 100
maxConnResume = 50
drain = "2s"
hold = 5
slowStart = "30s"
[tcp.services.sql.loadBalancer.persistence]
timeout = "60s"
netmask = 24
netmaskV6 = 64
group = "g"
[tcp.services.sql.loadBalancer.timeout]
idle = "1h"
[tcp.services.sql.loadBalancer.proxyProtocol]
version = 1
[tcp.services.sql.loadBalancer.healthCheck]
send = "PING\r\n"
expect = "+PONG"
onDown = "reset"
[[tcp.services.sql.loadBalancer.servers]]
address = "10.0.0.6:5432"
weight = 0
[[tcp.services.sql.loadBalancer.servers]]
address = "[2001:db8::5]:5432"

[udp.routers.dns]
service = "dns"
[udp.services.dns.loadBalancer]
scheduler = "mh"
schedulerFlags = ["port", "fallback"]
[[udp.services.dns.loadBalancer.servers]]
address = "localhost:53"
)T";

const std::string whole_yaml = R"T(
backends:
  web:
    servers:
      a:
        url: "http://10.0.0.9:80"
frontends:
  web:
    backend: web
    routes:
      r:
        rule: "Host:web.example"
tcp:
  routers:
    db:
      entryPoints: [pg]
      rule: "HostSNI(`db.example`)"
      service: sql
      priority: 7
      middlewares:
        - lock
      tls:
        passthrough: true
  middlewares:
    lock:
      ipAllowList:
        sourceRange: [10.0.0.0/8, "::1"]
  services:
    sql:
      loadBalancer:
        scheduler: rr
        maxConn: 100
        maxConnResume: 50
        drain: 2s
        hold: 5
        slowStart: 30s
        persistence:
          timeout: 60s
          netmask: 24
          netmaskV6: 64
          group: g
        timeout:
          idle: 1h
        proxyProtocol:
          version: 1
        healthCheck:
          send: "PING\r\n"
          expect: +PONG
          onDown: reset
        servers:
          - address: 10.0.0.6:5432
            weight: 0
          - address: "[2001:db8::5]:5432"
udp:
  routers:
    dns:
      service: dns
  services:
    dns:
      loadBalancer:
        scheduler: mh
        schedulerFlags: [port, fallback]
        servers:
          - address: localhost:53
)T";

/// A service "sql" with one server, and these lines in its loadBalancer.
std::string with_option(const std::string& lines) {
  return "[tcp.services.sql.loadBalancer]\n" + lines + "\n[[tcp.services.sql.loadBalancer.servers]]\naddress = \"10.0.0.6:5432\"\n";
}

}  // namespace

TEST_CASE("a routes file has TCP and UDP beside HTTP", "[unit][discovery][file][layer4]") {
  const auto p = toml(whole_toml);
  CAPTURE(p.errors.empty() ? std::string() : p.errors.front().key + ": " + p.errors.front().text);
  REQUIRE(p.config);
  CHECK(p.warnings.empty());
  CHECK(p.config->http.routers.size() == 1);
  const auto& router = p.config->tcp.routers.front();
  CHECK(router.name == "db");
  CHECK(router.entry_points == std::vector<std::string>{"pg"});
  CHECK(router.match.sni == std::vector<std::string>{"db.example"});
  CHECK(router.tls == model::tcp_tls::passthrough);
  CHECK(router.priority == 7);
  CHECK(router.service == "sql");
  CHECK(router.white_list == std::vector<std::string>{"10.0.0.0/8", "::1"});
  const auto& sql = p.config->tcp.services.front();
  CHECK(sql.scheduling == model::scheduling{model::scheduler::round_robin, false, false});
  CHECK(sql.max_conn == 100);
  CHECK(sql.max_conn_resume == 50);
  CHECK(sql.drain == 2s);
  CHECK(sql.hold == 5s);
  CHECK(sql.slow_start == 30s);
  CHECK(sql.persistence == model::persistence{60s, 24, 64, "g"});
  CHECK(sql.timeouts.idle == 1h);
  CHECK(sql.timeouts.connect == 1s);
  CHECK(sql.proxy_protocol == 1);
  CHECK(sql.health_check == model::tcp_health_check{0, "PING\r\n", "+PONG", false, 30s, 5s, model::on_server_down::reset});
  REQUIRE(sql.servers.size() == 2);
  CHECK(sql.servers[0].url == "tcp://10.0.0.6:5432");
  CHECK(sql.servers[0].weight == 0);
  CHECK(sql.servers[0].id == "file/sql/tcp://10.0.0.6:5432");
  CHECK(sql.servers[1].url == "tcp://[2001:db8::5]:5432");
  CHECK(sql.servers[1].host == "2001:db8::5");
  CHECK(sql.servers[1].port == 5432);
  CHECK(sql.servers[1].weight == 1);
  const auto& dns = p.config->udp.services.front();
  CHECK(dns.scheduling == model::scheduling{model::scheduler::maglev_hash, true, true});
  CHECK(dns.session_idle == 3s);
  CHECK(dns.servers.front().host == "127.0.0.1");
  CHECK(p.config->udp.routers.front().entry_points == std::vector<std::string>{"dns"});
}

TEST_CASE("a YAML file says the same as a TOML file", "[unit][discovery][file][layer4]") {
  const auto a = toml(whole_toml), b = yaml(whole_yaml);
  CAPTURE(b.errors.empty() ? std::string() : b.errors.front().key + ": " + b.errors.front().text);
  REQUIRE(b.config);
  CHECK(b.warnings.empty());
  CHECK(*a.config == *b.config);
}

TEST_CASE("errors below HTTP name the key, and nothing of the file is used", "[unit][discovery][file][layer4]") {
  const std::string lb = "tcp.services.sql.loadBalancer";
  const std::vector<std::pair<std::string, std::string>> options{{"scheduler = \"leastconn\"", "scheduler"},
                                                                 {"scheduler = 5", "scheduler"},
                                                                 {"maxConn = -1", "maxConn"},
                                                                 {"drain = \"25h\"", "drain"},
                                                                 {"schedulerFlags = [\"x\"]", "schedulerFlags"},
                                                                 {"hold = \"soon\"", "hold"},
                                                                 {"persistence = \"for ever\"", "persistence"},
                                                                 {"serversTransport = \"x\"", "serversTransport"},
                                                                 {"offload = \"ipvs\"", "offload"},
                                                                 {"drain = [1]", "drain"},
                                                                 {"drain = 1.5", "drain"}};
  for (const auto& [line, key] : options) {
    CAPTURE(line);
    const auto p = toml(with_option(line));
    CHECK_FALSE(p.config);
    CHECK(told(p.errors, lb + "." + key));
    CHECK(p.errors.front().at.line != 0);
  }
  CHECK(told(toml(with_option("[tcp.services.sql.loadBalancer.timeout]\npeek = 0")).errors, lb + ".timeout.peek"));
  CHECK(told(toml(with_option("[tcp.services.sql.loadBalancer.persistence]\nnetmask = 40")).errors, lb + ".persistence.netmask"));
  CHECK(told(toml(with_option("[tcp.services.sql.loadBalancer.healthCheck]\nexpect = \"~(\"")).errors, lb + ".healthCheck.expect"));
  CHECK(told(toml(with_option("[tcp.services.sql.loadBalancer.proxyProtocol]\nversion = 3")).errors, lb + ".proxyProtocol.version"));

  const auto router = [&](const std::string& lines) { return toml(with_option("") + "[tcp.routers.db]\n" + lines); };
  CHECK(told(router("service = \"sql\"").errors, "tcp.routers.db", "has no rule"));
  CHECK(told(router("rule = \"HostSNI(`*`)\"").errors, "tcp.routers.db", "names no service"));
  CHECK(told(router("rule = \"HostSNI(`*`)\"\nservice = \"none\"").errors, "tcp.routers.db.service", "there is no service"));
  CHECK(told(router("rule = \"HostSNI(`a`)\"\nservice = \"sql\"").errors, "tcp.routers.db.rule", "TLS"));
  CHECK(told(router("rule = \"!ALPN(`a`)\"\nservice = \"sql\"").errors, "tcp.routers.db.rule", "negation"));
  CHECK(told(router("rule = \"HostSNI(`*`)\"\nservice = \"sql\"\ntls = true").errors, "tcp.routers.db.tls", "passthrough"));
  CHECK(told(router("rule = \"HostSNI(`*`)\"\nservice = \"sql\"\nmiddlewares = [\"x\"]").errors, "tcp.routers.db.middlewares", "no middleware"));
  CHECK(told(toml("[tcp.middlewares.m.inFlightConn]\namount = 1").errors, "tcp.middlewares.m.inFlightConn", "not served"));
  CHECK(told(toml("[tcp.middlewares.m.ipAllowList]\nsourceRange = [\"x\"]").errors, "tcp.middlewares.m.ipAllowList.sourceRange"));
  CHECK(told(toml("[tcp.services.sql]").errors, "tcp.services.sql", "loadBalancer"));
}

TEST_CASE("warnings below HTTP leave the file in force", "[unit][discovery][file][layer4]") {
  const auto p = toml(with_option("terminationDelay = 100\nshceduler = \"rr\"\nmaxConnResume = 5"));
  REQUIRE(p.config);
  CHECK(told(p.warnings, "tcp.services.sql.loadBalancer.terminationDelay"));
  CHECK(told(p.warnings, "tcp.services.sql.loadBalancer.shceduler", "did you mean scheduler?"));
  CHECK(told(p.warnings, "tcp.services.sql.loadBalancer.maxConnResume", "add maxConn"));
  const auto nowhere = toml(with_option("") + "[tcp.routers.db]\nrule = \"HostSNI(`*`)\"\nservice = \"sql\"\nentryPoints = [\"x\"]");
  REQUIRE(nowhere.config);
  CHECK(nowhere.config->tcp.routers.empty());
  CHECK(told(nowhere.warnings, "tcp.routers.db.entryPoints", "--entryPoints='Name:x"));
}

TEST_CASE("addresses of servers below HTTP", "[unit][discovery][file][layer4]") {
  CHECK(parse_server_address("10.0.0.5:5432").value() == server_address{"10.0.0.5", 5432});
  CHECK(parse_server_address("[::1]:1").value() == server_address{"::1", 1});
  for (const char* bad : {"", "10.0.0.5", "10.0.0.5:", "10.0.0.5:0", "10.0.0.5:65536", "10.0.0.5:1x", "db:5432", "::1:5432", "[::1]", "[::1",
                          "[10.0.0.5]:1", "tcp://10.0.0.5:1", "[]:1"})
    CHECK(parse_server_address(bad).has_error());
  CHECK(told(toml(with_option("[[tcp.services.sql.loadBalancer.servers]]\naddress = \"10.0.0.6:5432\"")).errors,
             "tcp.services.sql.loadBalancer.servers[1].address", "twice"));
  CHECK(told(toml("[[tcp.services.s.loadBalancer.servers]]\nweight = 70000").errors, "tcp.services.s.loadBalancer.servers[0].weight"));
  CHECK(told(toml("[[tcp.services.s.loadBalancer.servers]]\n").errors, "tcp.services.s.loadBalancer.servers[0]", "has no address"));
}

TEST_CASE("YAML: kinds of values, places, merge keys, and what is no tree", "[unit][discovery][file]") {
  const auto tree = parse_yaml_document("a: 5\nb: \"5\"\nc: true\nd: yes\ne: 0x10\nf:\n  - x\n  - 1\ng:\n");
  REQUIRE(tree.has_value());
  const auto& m = tree->members;
  REQUIRE(m.size() == 7);
  CHECK(m[0].value.kind == node_kind::whole);
  CHECK(m[1].value.kind == node_kind::text);
  CHECK(m[2].value.flag);
  CHECK(m[3].value.kind == node_kind::text);
  CHECK(m[4].value.kind == node_kind::text);
  CHECK(m[5].value.items.size() == 2);
  CHECK(m[6].value.kind == node_kind::table);
  CHECK(m[1].at.line == 2);
  const auto merged = parse_yaml_document("base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\n");
  REQUIRE(merged.has_value());
  REQUIRE(merged->members[1].value.members.size() == 2);
  CHECK(merged->members[1].value.members[1].value.whole == 3);
  CHECK(parse_yaml_document("").has_value());
  CHECK(parse_yaml_document("# nothing\n").has_value());
  for (const std::string& bad : {std::string("- a\n"), std::string("a"), std::string("a: [1"), std::string("a: 1\na: 2\n"),
                                 std::string("? [a]\n: 1\n"), std::string("a: *nobody\n")})
    CHECK(parse_yaml_document(bad).has_error());
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "" : ", ") + before;
    bomb += "]\n";
  }
  const auto burst = parse_yaml_document(bomb);
  REQUIRE(burst.has_error());
  CHECK(burst.error().text.find("million") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  CHECK(parse_yaml_document(deep).has_error());
}
