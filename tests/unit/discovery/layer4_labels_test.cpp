// waggle.tcp.* and waggle.udp.*: each label with good, wrong and edge values.
#include <catch.hpp>

#include "labels/waggle/layer4_parse.hpp"
#include "layer4.hpp"

#include <functional>
#include <set>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;
using model::scheduler;

namespace {

struct good_value {
  std::string option, value;
  std::function<bool(const sole&)> holds;
};

const std::vector<good_value> good_tcp{
    {"entryPoint", "pg", [](const sole& s) { return s.tcp_router().entry_points == std::vector<std::string>{"pg"}; }},
    {"entryPoint", " pg , pg ,", [](const sole& s) { return s.tcp_router().entry_points == std::vector<std::string>{"pg"}; }},
    {"service", "db.main-1_x", [](const sole& s) { return s.tcp().name == "db.main-1_x" && s.tcp_router().name == "db.main-1_x"; }},
    {"sni", "DB.Example.,*.db.example",
     [](const sole& s) {
       return s.tcp_router().match.sni == std::vector<std::string>{"*.db.example", "db.example"} && s.tcp_router().tls == model::tcp_tls::passthrough;
     }},
    {"sni", "*", [](const sole& s) { return s.tcp_router().match.sni.empty() && s.tcp_router().tls == model::tcp_tls::passthrough; }},
    {"alpn", "postgresql,h2",
     [](const sole& s) {
       return s.tcp_router().match.alpn == std::vector<std::string>{"postgresql", "h2"} && s.tcp_router().tls == model::tcp_tls::passthrough;
     }},
    {"scheduler", "rr", [](const sole& s) { return s.tcp().scheduling.policy == scheduler::round_robin; }},
    {"scheduler", "MH", [](const sole& s) { return s.tcp().scheduling.policy == scheduler::maglev_hash && !s.tcp().scheduling.fallback; }},
    {"persistence", "true", [](const sole& s) { return s.tcp().persistence->timeout == 300s; }},
    {"persistence", "60", [](const sole& s) { return s.tcp().persistence->timeout == 60s; }},
    {"persistence", "1",  // a second, not "true"
     [](const sole& s) { return s.tcp().persistence->timeout == 1s; }},
    {"persistence", "744h", [](const sole& s) { return s.tcp().persistence->timeout == 744h; }},
    {"persistence", "false", [](const sole& s) { return !s.tcp().persistence; }},
    {"persistence", "0", [](const sole& s) { return !s.tcp().persistence; }},
    {"weight", "0", [](const sole& s) { return s.tcp().servers.front().weight == 0; }},
    {"weight", "65535", [](const sole& s) { return s.tcp().servers.front().weight == 65535; }},
    {"maxConn", "100", [](const sole& s) { return s.tcp().max_conn == 100 && s.tcp().max_conn_resume == 75; }},
    {"maxConn", "1", [](const sole& s) { return s.tcp().max_conn == 1 && s.tcp().max_conn_resume == 1; }},
    {"maxConn", "1000000000", [](const sole& s) { return s.tcp().max_conn_resume == 750'000'000; }},
    {"maxConn", "0", [](const sole& s) { return s.tcp().max_conn == 0 && s.tcp().max_conn_resume == 0; }},
    {"proxyProtocol", "2", [](const sole& s) { return s.tcp().proxy_protocol == 2; }},
    {"proxyProtocol", "v1", [](const sole& s) { return s.tcp().proxy_protocol == 1; }},
    {"proxyProtocol", "off", [](const sole& s) { return s.tcp().proxy_protocol == 0; }},
    {"whiteList", "10.0.0.0/8, ::1,192.168.1.1",
     [](const sole& s) {
       return s.tcp_router().white_list == std::vector<std::string>{"10.0.0.0/8", "::1", "192.168.1.1"};
     }},
    {"timeout.connect", "10ms", [](const sole& s) { return s.tcp().timeouts.connect == 10ms; }},
    {"timeout.idle", "0", [](const sole& s) { return s.tcp().timeouts.idle == 0ms; }},
    {"timeout.idle", "8760h", [](const sole& s) { return s.tcp().timeouts.idle == 8760h; }},
    {"timeout.halfClosed", "5m", [](const sole& s) { return s.tcp().timeouts.half_closed == 5min; }},
    {"timeout.peek", "1s", [](const sole& s) { return s.tcp().timeouts.peek == 1s; }},
    {"drain", "2s", [](const sole& s) { return s.tcp().drain == 2s; }},
    {"hold", "60s", [](const sole& s) { return s.tcp().hold == 60s; }},
    {"slowStart", "1m30s", [](const sole& s) { return s.tcp().slow_start == 90s; }},
    {"healthCheck", "true",
     [](const sole& s) { return s.tcp().health_check->interval == 10s && s.tcp().health_check->timeout == 2s && s.tcp().health_check->port == 0; }},
    {"healthCheck", "false", [](const sole& s) { return !s.tcp().health_check; }},
    {"offload", "none", [](const sole&) { return true; }},
};

const std::vector<good_value> good_udp{
    {"entryPoint", "dns", [](const sole& s) { return s.udp_router().entry_points == std::vector<std::string>{"dns"}; }},
    {"service", "resolver", [](const sole& s) { return s.udp().name == "resolver"; }},
    {"scheduler", "sh", [](const sole& s) { return s.udp().scheduling.policy == scheduler::source_hash; }},
    {"persistence", "30s", [](const sole& s) { return s.udp().persistence->timeout == 30s; }},
    {"weight", "7", [](const sole& s) { return s.udp().servers.front().weight == 7; }},
    {"whiteList", "10.0.0.0/8", [](const sole& s) { return s.udp_router().white_list == std::vector<std::string>{"10.0.0.0/8"}; }},
    {"onePacket", "true", [](const sole& s) { return s.udp().one_packet; }},
    {"timeout.idle", "3s", [](const sole& s) { return s.udp().session_idle == 3s; }},
    {"timeout.reply", "1", [](const sole& s) { return s.udp().replies == 1; }},
    {"maxSessions", "1000000", [](const sole& s) { return s.udp().max_sessions == 1'000'000; }},
};

const std::vector<std::pair<std::string, std::string>> bad_tcp{
    {"port", ""},
    {"port", "0"},
    {"port", "65536"},
    {"port", "pg"},
    {"port", "5432/tcp"},
    {"entryPoint", ""},
    {"entryPoint", " , "},
    {"service", ""},
    {"service", "a/b"},
    {"service", std::string(129, 'x')},
    {"sni", ""},
    {"sni", "db..example"},
    {"sni", "10.0.0.1"},
    {"sni", "a*.example"},
    {"sni", std::string(254, 'a')},
    {"alpn", ","},
    {"alpn", "acme-tls/1"},
    {"alpn", std::string(256, 'h')},
    {"scheduler", ""},
    {"scheduler", "fastest"},
    {"scheduler", "lblc"},
    {"scheduler", "leastconn"},
    {"schedulerFlags", ""},
    {"schedulerFlags", "fall-back"},
    {"persistence", ""},
    {"persistence", "yes"},
    {"persistence", "-5s"},
    {"persistence", "10ms"},
    {"persistence", "745h"},
    {"persistence.netmask", "0"},
    {"persistence.netmask", "33"},
    {"persistence.netmask", "255.0.255.0"},
    {"persistence.netmask.v6", "129"},
    {"persistence.netmask.v6", "255.255.255.0"},
    {"persistence.group", "two words"},
    {"weight", "-1"},
    {"weight", "65536"},
    {"weight", "1.5"},
    {"maxConn", "-1"},
    {"maxConn", "many"},
    {"maxConn", "9999999999999999999999"},
    {"proxyProtocol", "3"},
    {"proxyProtocol", "true"},
    {"whiteList", ""},
    {"whiteList", "10.0.0.0/33"},
    {"whiteList", "10.0.0.0/8,everybody"},
    {"timeout.connect", "0"},
    {"timeout.connect", "61s"},
    {"timeout.idle", "99ms"},
    {"timeout.idle", "8761h"},
    {"timeout.halfClosed", "-1s"},
    {"timeout.peek", "soon"},
    {"drain", "25h"},
    {"hold", "61s"},
    {"slowStart", "16m"},
    {"healthCheck", "on"},
    {"healthCheck.port", "0"},
    {"healthCheck.send", ""},
    {"healthCheck.send", "\\q"},
    {"healthCheck.send", "ends with \\"},
    {"healthCheck.expect", "~("},
    {"healthCheck.expect", "~"},
    {"healthCheck.interval", "0"},
    {"healthCheck.timeout", "2h"},
    {"healthCheck.onDown", "stop"},
    {"offload", "ipvs"},
};

const std::vector<std::pair<std::string, std::string>> bad_udp{
    {"port", "-53"},         {"entryPoint", ""},   {"scheduler", "ip_hash"},   {"schedulerFlags", "x"}, {"persistence", "forever"},
    {"weight", "x"},         {"whiteList", "x"},   {"onePacket", "maybe"},     {"timeout.idle", "0"},   {"timeout.idle", "25h"},
    {"timeout.reply", "-1"}, {"maxSessions", "0"}, {"maxSessions", "1000001"},
};

template <class Labels>
void check_bad(const std::vector<std::pair<std::string, std::string>>& values, const std::string& root, Labels with_option) {
  for (const auto& [option, value] : values) {
    CAPTURE(option, value);
    const auto all = translated({running("good", basic()), running("pg", with_option(option, value), 1, 9)});
    const model::verdict& v = (*all.verdicts)[1];
    REQUIRE(v.service == "pg");
    CHECK(v.state == model::routing_state::not_routed);
    const auto& d = v.diagnostics.front();
    CHECK(d.level == model::severity::error);
    CHECK(d.label == root + option);
    CHECK(d.value == (value.size() > 200 ? value.substr(0, 200) + "…" : value));
    CHECK_FALSE(d.text.empty());
    CHECK_FALSE(d.fix.empty());
    CHECK(v.reason.find(root + option) == 0);
    CHECK(all.config->tcp.services.empty());
    CHECK(all.config->udp.services.empty());
    CHECK((*all.verdicts)[0].state == model::routing_state::routed);  // nobody else notices
  }
}

}  // namespace

TEST_CASE("a port is enough for TCP, and for UDP; there is no HTTP part then", "[unit][discovery][layer4]") {
  const sole tcp(tcp_labels());
  CHECK(tcp.clean());
  CHECK(tcp.all.config->http == model::http_configuration{});
  CHECK(tcp.tcp_router().name == "pg");
  CHECK(tcp.tcp_router().service == "pg");
  CHECK(tcp.tcp_router().swarm_service == "pg");
  CHECK(tcp.tcp_router().entry_points == std::vector<std::string>{"pg"});
  CHECK(tcp.tcp_router().tls == model::tcp_tls::none);
  CHECK(tcp.tcp().scheduling.policy == scheduler::weighted_least_connections);
  CHECK(tcp.verdict().tcp_routers == std::vector<std::string>{"pg"});
  CHECK(tcp.verdict().network == "appnet");
  const auto& server = tcp.tcp().servers.front();
  CHECK(server.url == "tcp://10.0.1.5:5432");
  CHECK(server.host == "10.0.1.5");
  CHECK(server.port == 5432);
  CHECK(server.weight == 1);
  CHECK(server.scheme == "tcp");
  CHECK(server.id == "task-pg-1-10.0.1.5@10.0.1.5:5432/tcp");
  CHECK(server.origin.slot == 1);
  CHECK(server.origin.service_name == "pg");

  const sole udp(udp_labels());
  CHECK(udp.clean());
  CHECK(udp.all.config->http == model::http_configuration{});
  CHECK(udp.all.config->tcp.services.empty());
  CHECK(udp.udp().scheduling.policy == scheduler::weighted_round_robin);
  CHECK(udp.udp_router().entry_points == std::vector<std::string>{"dns"});
  CHECK(udp.udp().servers.front().url == "udp://10.0.1.5:53");
  CHECK(udp.verdict().udp_routers == std::vector<std::string>{"pg"});
}

TEST_CASE("each label of TCP and UDP writes its option", "[unit][discovery][layer4]") {
  for (const auto& g : good_tcp) {
    CAPTURE(g.option, g.value);
    const sole s(tcp_labels(g.option, g.value));
    CHECK(s.clean());
    REQUIRE(s.routed());
    CHECK(g.holds(s));
  }
  for (const auto& g : good_udp) {
    CAPTURE(g.option, g.value);
    const sole s(udp_labels(g.option, g.value));
    CHECK(s.clean());
    REQUIRE(s.routed());
    CHECK(g.holds(s));
  }
}

TEST_CASE("no label of TCP or UDP goes untested, good and wrong", "[unit][discovery][layer4]") {
  std::set<std::string> good{"waggle.tcp.port", "waggle.udp.port"}, bad;
  for (const auto& g : good_tcp) good.insert("waggle.tcp." + g.option);
  for (const auto& g : good_udp) good.insert("waggle.udp." + g.option);
  for (const auto& [option, value] : bad_tcp) bad.insert("waggle.tcp." + option);
  for (const auto& [option, value] : bad_udp) bad.insert("waggle.udp." + option);
  // Values of those that need another label beside them stand in cases of their own below; both protocols read them alike.
  const std::set<std::string> elsewhere{"waggle.tcp.schedulerFlags",
                                        "waggle.udp.schedulerFlags",
                                        "waggle.tcp.persistence.netmask",
                                        "waggle.udp.persistence.netmask",
                                        "waggle.tcp.persistence.netmask.v6",
                                        "waggle.udp.persistence.netmask.v6",
                                        "waggle.tcp.persistence.group",
                                        "waggle.udp.persistence.group",
                                        "waggle.tcp.maxConn.resume",
                                        "waggle.tcp.healthCheck.port",
                                        "waggle.tcp.healthCheck.send",
                                        "waggle.tcp.healthCheck.expect",
                                        "waggle.tcp.healthCheck.interval",
                                        "waggle.tcp.healthCheck.timeout",
                                        "waggle.tcp.healthCheck.onDown",
                                        "waggle.udp.offload",
                                        "waggle.udp.service"};
  const auto known = [&](std::string_view key) {
    CAPTURE(key);
    CHECK((good.contains(std::string(key)) || elsewhere.contains(std::string(key))));
    CHECK((bad.contains(std::string(key)) || elsewhere.contains(std::string(key))));
  };
  for (const auto& row : waggle_labels::tcp_rows()) known(row.key);
  for (const auto& row : waggle_labels::udp_rows()) known(row.key);
}

TEST_CASE("a wrong value costs its own service, and says label, value and fix", "[unit][discovery][layer4]") {
  check_bad(bad_tcp, "waggle.tcp.", [](const std::string& option, const std::string& value) {
    auto l = tcp_labels(option, value);
    if (option.starts_with("persistence.")) l["waggle.tcp.persistence"] = "true";
    if (option.starts_with("healthCheck.")) l["waggle.tcp.healthCheck"] = "true";
    return l;
  });
  check_bad(bad_udp, "waggle.udp.", [](const std::string& option, const std::string& value) { return udp_labels(option, value); });
}

TEST_CASE("persistence: its own options, and the scheduler that goes with it", "[unit][discovery][layer4]") {
  for (const std::string root : {"waggle.tcp.", "waggle.udp."}) {
    CAPTURE(root);
    const labels base{{root + "port", "53"},
                      {root + "persistence", "90s"},
                      {root + "persistence.netmask", "255.255.255.0"},
                      {root + "persistence.netmask.v6", "/64"},
                      {root + "persistence.group", "voice"}};
    const auto all = translated({running("a", base)});
    CHECK(all.verdicts->front().diagnostics.empty());
    const auto check = [](const auto& service) {
      CHECK(service.persistence->netmask_v4 == 24);
      CHECK(service.persistence->netmask_v6 == 64);
      CHECK(service.persistence->group == "voice");
      CHECK(service.scheduling == model::persistent_scheduling);
    };
    if (root == "waggle.tcp.") check(all.config->tcp.services.front());
    else check(all.config->udp.services.front());
  }
  auto named = tcp_labels("persistence", "true");
  named["waggle.tcp.scheduler"] = "rr";
  CHECK(sole(named).tcp().scheduling.policy == scheduler::round_robin);
  CHECK_FALSE(sole(named).tcp().scheduling.fallback);
  const sole idle(tcp_labels("persistence.netmask", "24"));
  CHECK(idle.finding("no-effect").label == "waggle.tcp.persistence.netmask");
  CHECK_FALSE(idle.tcp().persistence);
  auto off = tcp_labels("persistence", "false");  // switched off on purpose, its options kept for later
  off["waggle.tcp.persistence.netmask"] = "24";
  CHECK(sole(off).clean());
}

TEST_CASE("flags of schedulers are for those that hash", "[unit][discovery][layer4]") {
  auto l = tcp_labels("schedulerFlags", "port,mh-fallback");
  l["waggle.tcp.scheduler"] = "mh";
  CHECK(sole(l).clean());
  CHECK(sole(l).tcp().scheduling == model::scheduling{scheduler::maglev_hash, true, true});
  l["waggle.tcp.scheduler"] = "rr";
  const sole idle(l);
  CHECK(idle.finding("no-effect").label == "waggle.tcp.schedulerFlags");
  CHECK(idle.routed());
  CHECK_FALSE(idle.tcp().scheduling.by_port);
  CHECK_FALSE(idle.tcp().scheduling.fallback);
  auto udp = udp_labels("schedulerFlags", "port");
  udp["waggle.udp.scheduler"] = "sh";
  CHECK(sole(udp).udp().scheduling == model::scheduling{scheduler::source_hash, true, false});
}

TEST_CASE("schedulers of other programs are answered with ours", "[unit][discovery][layer4]") {
  CHECK(sole(tcp_labels("scheduler", "lblcr")).finding("bad-value").fix.find("mh") != std::string::npos);
  CHECK(sole(tcp_labels("scheduler", "least_conn")).finding("bad-value").fix.find("wlc") != std::string::npos);
  CHECK(sole(tcp_labels("scheduler", "least_conn")).finding("bad-value").text.find("nginx") != std::string::npos);
  CHECK(sole(tcp_labels("scheduler", "x")).finding("bad-value").fix.find("twos") != std::string::npos);
  const sole ovf(udp_labels("scheduler", "ovf"));
  CHECK(ovf.routed());
  CHECK(ovf.finding("scheduler-unsuited").label == "waggle.udp.scheduler");
  CHECK(sole(tcp_labels("scheduler", "ovf")).clean());
}

TEST_CASE("dh is told of what it is worth", "[unit][discovery][layer4]") {
  CHECK(sole(tcp_labels("scheduler", "dh")).finding("one-address").level == model::severity::note);
  auto opts = layer4_options();
  opts.layer4_entry_points.front().one_address = true;
  const sole one(tcp_labels("scheduler", "dh"), opts);
  CHECK(one.finding("one-address").level == model::severity::warning);
  CHECK(one.finding("one-address").label == "waggle.tcp.scheduler");
  CHECK(one.routed());
}

TEST_CASE("a task that was full resumes between 1 and maxConn", "[unit][discovery][layer4]") {
  auto l = tcp_labels("maxConn", "10");
  l["waggle.tcp.maxConn.resume"] = "10";
  CHECK(sole(l).tcp().max_conn_resume == 10);
  for (const char* bad : {"0", "11", "x"}) {
    l["waggle.tcp.maxConn.resume"] = bad;
    CHECK_FALSE(sole(l).routed());
    CHECK(sole(l).finding("bad-value").label == "waggle.tcp.maxConn.resume");
  }
  CHECK(sole(tcp_labels("maxConn.resume", "5")).finding("no-effect").label == "waggle.tcp.maxConn.resume");
}

TEST_CASE("a health check below HTTP: bytes with Go's escapes, or an expression", "[unit][discovery][layer4]") {
  labels l = tcp_labels("healthCheck", "true");
  l["waggle.tcp.healthCheck.port"] = "6380";
  l["waggle.tcp.healthCheck.send"] = R"(PING\r\n\x00\101\u00fc\\)";
  l["waggle.tcp.healthCheck.expect"] = R"(+PONG\r)";
  l["waggle.tcp.healthCheck.interval"] = "1h";
  l["waggle.tcp.healthCheck.timeout"] = "500ms";
  l["waggle.tcp.healthCheck.onDown"] = "reset";
  const sole s(l);
  CHECK(s.clean());
  CHECK(s.tcp().health_check ==
        model::tcp_health_check{6380, std::string("PING\r\n\0A\xc3\xbc\\", 11), "+PONG\r", false, 1h, 500ms, model::on_server_down::reset});
  l["waggle.tcp.healthCheck.expect"] = R"(~^\+(PONG|LOADING)\b)";
  CHECK(sole(l).tcp().health_check->expect == R"(^\+(PONG|LOADING)\b)");
  CHECK(sole(l).tcp().health_check->expect_regex);
  l["waggle.tcp.healthCheck.send"] = std::string(4096, 'x');
  CHECK(sole(l).routed());
  l["waggle.tcp.healthCheck.send"] = std::string(4097, 'x');
  CHECK_FALSE(sole(l).routed());
  const sole idle(tcp_labels("healthCheck.send", "x"));
  CHECK(idle.finding("no-effect").label == "waggle.tcp.healthCheck.send");
  CHECK_FALSE(idle.tcp().health_check);
}

TEST_CASE("offload to the kernel is not served; the service is", "[unit][discovery][layer4]") {
  const sole s(tcp_labels("offload", "kernel"));
  CHECK(s.routed());
  CHECK(s.finding("not-served").label == "waggle.tcp.offload");
  CHECK(s.finding("not-served").value == "kernel");
  CHECK(sole(udp_labels("offload", "kernel")).finding("not-served").label == "waggle.udp.offload");
}
