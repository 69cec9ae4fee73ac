// Keys of labels below HTTP: segments, misspelt ones, hostile ones; names and addresses as their values hold them.
#include <catch.hpp>

#include "labels/address_text.hpp"
#include "labels/go_value.hpp"
#include "labels/waggle/layer4_parse.hpp"
#include "layer4.hpp"

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using model::scheduler;

TEST_CASE("segments: several ports of a service, what they do not say the plain label says", "[unit][discovery][layer4]") {
  auto opts = layer4_options();
  opts.layer4_entry_points.push_back({"admin", model::protocol::tcp, 8081, false});
  const sole s({{"waggle.tcp.scheduler", "sed"},
                {"waggle.sql.tcp.port", "5432"},
                {"waggle.sql.tcp.entryPoint", "pg"},
                {"waggle.a.b.tcp.port", "8081"},
                {"waggle.a.b.tcp.entryPoint", "admin"},
                {"waggle.a.b.tcp.scheduler", "rr"},
                {"waggle.udp.port", "53"}},
               opts);
  CHECK(s.clean());
  const auto& services = s.all.config->tcp.services;
  REQUIRE(services.size() == 2);
  CHECK(services[0].name == "pg/a.b");
  CHECK(services[0].scheduling.policy == scheduler::round_robin);
  CHECK(services[0].servers.front().port == 8081);
  CHECK(services[1].name == "pg/sql");
  CHECK(services[1].scheduling.policy == scheduler::shortest_expected_delay);
  CHECK(s.udp().name == "pg");
  CHECK(s.verdict().tcp_routers == std::vector<std::string>{"pg/a.b", "pg/sql"});
  const sole missing(labels{{"waggle.sql.tcp.entryPoint", "pg"}});
  CHECK(missing.finding("no-port").label == "waggle.sql.tcp.port");
}

TEST_CASE("keys below HTTP that nobody reads are told of", "[unit][discovery][layer4]") {
  const auto near = [](const std::string& key) {
    auto l = tcp_labels();
    l[key] = "x";
    const sole s(l);
    CHECK(s.routed());
    return s.finding("unknown-label").fix;
  };
  CHECK(near("waggle.tcp.schedular") == "did you mean waggle.tcp.scheduler?");
  CHECK(near("waggle.tcp.entrypoint") == "did you mean waggle.tcp.entryPoint?");
  CHECK(near("waggle.udp.timeout.idel") == "did you mean waggle.udp.timeout.idle?");
  CHECK(near("waggle.tpc.weight") == "did you mean waggle.tcp.weight?");
  CHECK_FALSE(near("waggle.backend.tcp.port").empty());
  const sole alone(labels{{"waggle.tcp.prot", "5432"}});
  CHECK_FALSE(alone.routed());
  CHECK(alone.verdict().reason.find("waggle.tcp.prot") != std::string::npos);
  CHECK(alone.all.config->http == model::http_configuration{});
}

TEST_CASE("hostile labels below HTTP are bounded", "[unit][discovery][layer4]") {
  std::string long_list;
  for (int i = 0; i < 5'000; ++i) long_list += "bad name " + std::to_string(i) + ",";
  for (const char* option : {"sni", "alpn", "whiteList", "entryPoint", "schedulerFlags", "scheduler", "persistence.group", "healthCheck.send",
                             "timeout.idle", "service", "offload"}) {
    CAPTURE(option);
    const sole s(tcp_labels(option, long_list));
    CHECK(s.verdict().diagnostics.size() <= 5'001);
    std::size_t bytes = 0;
    for (const auto& d : s.verdict().diagnostics) bytes += d.text.size() + d.fix.size() + d.value.size();
    CHECK(bytes < 20'000);
  }
  labels many;
  for (int i = 0; i < 101; ++i) many["waggle.s" + std::to_string(i) + ".tcp.port"] = "1";
  CHECK_FALSE(sole(many).routed());
  CHECK(sole(many).finding("too-many-segments").level == model::severity::error);
  for (const std::string& value : {std::string(65'536, 'x'), std::string("\0\r\n\x1b[31m", 8), std::string("\xff\xfe")}) {
    for (const auto& row : waggle_labels::tcp_rows()) {
      const sole s(labels{{"waggle.tcp.port", "1"}, {std::string(row.key), value}});
      for (const auto& d : s.verdict().diagnostics) CHECK(d.text.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("names and addresses as labels write them", "[unit][discovery][layer4]") {
  for (const char* good : {"10.0.0.1", "10.0.0.0/8", "::/0", "2001:db8::/32", "0.0.0.0/0"}) CHECK(is_ip_range(good));
  for (const char* bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/08x", "host"})
    CHECK_FALSE(is_ip_range(bad));
  CHECK(prefix_of_mask("255.255.255.255") == 32);
  CHECK(prefix_of_mask("0.0.0.0") == 0);
  CHECK(prefix_of_mask("255.255.240.0") == 20);
  CHECK_FALSE(prefix_of_mask("255.0.255.0"));
  CHECK(server_name_pattern("*.Example.") == "*.example");
  CHECK(server_name_pattern("_sip.example") == "_sip.example");
  for (const char* bad : {"", ".", "*", "*.", "a..b", "*.*.b", "a b", "::1", "1.2.3.4"}) CHECK_FALSE(server_name_pattern(bad));
  CHECK(unescape_go(R"(\a\b\f\n\r\t\v\\\"\')").value() == "\a\b\f\n\r\t\v\\\"'");
  CHECK(unescape_go(R"(\377\x7f\U0001f600)").value() == "\377\x7f\xf0\x9f\x98\x80");
  for (const char* bad : {R"(\)", R"(\x1)", R"(\18)", R"(\400)", R"(\ud800)", R"(\z)"}) CHECK(unescape_go(bad).has_error());
}
