// The tables of "waggle status --ipvs" beside those that ipvsadm 1.31 printed of the same values (tests/golden/ipvs/kernel.c), and what
// goes beyond them: names, SNI, IPv6.
#include "admin/ipvs_table.hpp"

#include "catch.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace waggle::app::admin::ipvs;

namespace {

constexpr const char* kernel = "IP Virtual Server version 1.2.1 (size=4096)";

std::string golden(const std::string& name) {
  std::ifstream in(WAGGLE_GOLDEN_IPVS + name + ".txt", std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

server make_server(const char* address, std::uint16_t port, std::uint32_t weight = 1) {
  server out;
  out.at = {address, port};
  out.weight = weight;
  return out;
}
virtual_service make_service(transport protocol, const char* address, std::uint16_t port, const char* scheduler) {
  virtual_service out;
  out.protocol = protocol;
  out.at = {address, port};
  out.scheduler = scheduler;
  return out;
}

virtual_service tutorial() {
  virtual_service out = make_service(transport::tcp, "0.0.0.0", 80, "rr");
  out.total = {4, 24, 16, 1576, 1972};
  for (const char* address : {"10.0.1.6", "10.0.1.5"}) {
    out.servers.push_back(make_server(address, 80));
    out.servers.back().total = {2, 12, 8, 788, 986};
  }
  return out;
}

virtual_service names() {
  virtual_service out = make_service(transport::udp, "0.0.0.0", 53, "wrr");
  out.one_packet = true;
  out.total = {99999999, 100000000, 1234567890, 999999999, 1000000000};
  out.rate = {3, 100000000, 7, 99999999, 1234567890};
  server a = make_server("10.0.2.12", 53, 3), b = make_server("10.0.2.7", 53);
  a.total = {5, 0, 0, 99999999999, 100000000000};
  a.rate = {1, 100000000, 0, 8, 0};
  b.active = 17;
  b.total = {4294967295, 0, 0, 99999999999999, 100000000000000};
  b.rate = {0, 0, 0, 0, 4294967295};
  out.servers = {a, b};
  return out;
}

virtual_service database() {
  virtual_service out = make_service(transport::tcp, "10.1.2.3", 5432, "mh");
  out.fallback = out.by_port = true;
  out.persistence = persistence{300, 24, 128};
  out.total = {12, 0, 0, 18446744073709551615u, 0};
  server a = make_server("10.0.9.10", 5432, 65535), b = make_server("10.0.9.9", 15432, 0), c = make_server("10.0.9.9", 5432, 100);
  a.max_conn = 100, a.resume_at = 75, a.active = 100, a.inactive = 12345678, a.persistent = 4294967295;
  b.active = 1, b.persistent = 2;
  c.max_conn = 4294967295, c.resume_at = 1;
  out.servers = {a, b, c};
  return out;
}

/// Those of kernel.c, in its order.
std::vector<virtual_service> recorded() {
  virtual_service mysql = make_service(transport::tcp, "0.0.0.0", 3306, "sh");
  mysql.by_port = true;
  mysql.persistence = persistence{3600, 32, 128};
  mysql.servers = {make_server("255.255.255.255", 65535)};
  virtual_service empty = make_service(transport::tcp, "100.100.100.200", 65535, "wlc");
  empty.persistence = persistence{1, 0, 128};
  empty.one_packet = true;
  return {names(), database(), tutorial(), mysql, empty};
}

std::string line(const std::string& text, std::size_t n) {
  std::size_t at = 0;
  for (; n > 0; --n) at = text.find('\n', at) + 1;
  return text.substr(at, text.find('\n', at) - at);
}

}  // namespace

TEST_CASE("tables as ipvsadm prints them", "[unit][app][ipvs]") {
  struct row {
    const char* file;
    table_format format;
  };
  const row rows[] = {{"plain", {}},
                      {"stats", {view::stats, false, false}},
                      {"stats-exact", {view::stats, true, false}},
                      {"rate", {view::rate, false, false}},
                      {"rate-exact", {view::rate, true, false}},
                      {"thresholds", {view::thresholds, false, false}},
                      {"persistent-conn", {view::persistent, false, false}}};
  std::vector<virtual_service> services = recorded();
  for (const row& r : rows) {
    CAPTURE(r.file);
    CHECK(table_text(kernel, services, r.format) == golden(r.file));
  }
  std::reverse(services.begin(), services.end());
  CHECK(table_text(kernel, services, {}) == golden("plain"));
}

TEST_CASE("connections and timeouts as ipvsadm prints them", "[unit][app][ipvs]") {
  const std::vector<connection> connections = {
      {transport::tcp, 899, "ESTABLISHED", {"192.168.0.1", 52000}, {"0.0.0.0", 80}, {"10.0.1.5", 80}},
      {transport::tcp, 119, "FIN_WAIT", {"255.255.255.255", 65535}, {"255.255.255.255", 65535}, {"255.255.255.255", 65535}},
      {transport::udp, 7199, "UDP", {"192.168.0.1", 53}, {"0.0.0.0", 53}, {"10.0.2.12", 53}},
      {transport::tcp, 0, "ESTABLISHED", {"192.168.0.2", 1025}, {"10.1.2.3", 5432}, {"10.0.9.10", 5432}}};
  CHECK(connections_text("IPVS connection entries", connections) == golden("connections"));
  CHECK(timeouts_text(900, 120, 300) == golden("timeout"));
}

TEST_CASE("a connection without limit, and many of them", "[unit][app][ipvs]") {
  const connection one{transport::tcp, {}, "ESTABLISHED", {"fd00::1", 5000}, {"::", 80}, {"10.0.1.5", 80}};
  const std::string text = connections_text("", std::vector<connection>(most_connections + 5, one));
  CHECK(line(text, 2) == "TCP --:--  ESTABLISHED [fd00::1]:5000     [::]:80            10.0.1.5:80");
  CHECK(std::count(text.begin(), text.end(), '\n') == static_cast<std::ptrdiff_t>(most_connections + 2));
}

TEST_CASE("the first line is waggle's own", "[unit][app][ipvs]") {
  CHECK(heading("1.2.3", 4) == "waggle 1.2.3 virtual servers (workers=4)");
  CHECK(table_text(heading("1", 2), {}, {}) ==
        "waggle 1 virtual servers (workers=2)\nProt LocalAddress:Port Scheduler Flags\n"
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n");
}

TEST_CASE("IPv6 behind IPv4, by number, and both netmasks where both are served", "[unit][app][ipvs]") {
  std::vector<virtual_service> services = {make_service(transport::tcp, "fd00::10", 80, "rr"), make_service(transport::tcp, "fd00::9", 80, "rr"),
                                           make_service(transport::tcp, "::", 80, "rr"), make_service(transport::udp, "0.0.0.0", 53, "rr")};
  services[2].persistence = persistence{60, 24, 64};
  services[1].persistence = persistence{60, 32, 128};
  services[2].servers = {make_server("fd00::5", 80), make_server("10.0.1.5", 80)};
  const std::string text = table_text("", services, {});
  CHECK(line(text, 3) == "UDP  0.0.0.0:53 rr");
  CHECK(line(text, 4) == "TCP  [::]:80 rr persistent 60 mask 255.255.255.0 mask 64");
  CHECK(line(text, 5) == "  -> 10.0.1.5:80                  Masq    1      0          0         ");
  CHECK(line(text, 6) == "  -> [fd00::5]:80                 Masq    1      0          0         ");
  CHECK(line(text, 7) == "TCP  [fd00::9]:80 rr persistent 60");
  CHECK(line(text, 8) == "TCP  [fd00::10]:80 rr");
}

TEST_CASE("flags, SNI and Swarm's names", "[unit][app][ipvs]") {
  virtual_service s = make_service(transport::tcp, "0.0.0.0", 5432, "sh");
  s.fallback = true;
  s.persistence = persistence{300, 32, 128};
  s.sni = {"db.example", "*.db.example"};
  s.name = "shop_db";
  s.servers = {make_server("10.0.1.5", 5432)};
  s.servers[0].service = "shop_db";
  s.servers[0].task = "shop_db.2.abc";
  s.servers[0].slot = "2";
  s.servers[0].node = "node-1";
  std::string text = table_text("", std::vector{s}, {});
  CHECK(line(text, 3) == "TCP  0.0.0.0:5432 sh (sh-fallback) persistent 300 sni=db.example,*.db.example");
  CHECK(line(text, 4) == "  -> 10.0.1.5:5432                Masq    1      0          0         ");
  text = table_text("", std::vector{s}, {view::plain, false, true});
  CHECK(line(text, 3) == "TCP  0.0.0.0:5432 sh (sh-fallback) persistent 300 sni=db.example,*.db.example service=shop_db");
  CHECK(line(text, 4) ==
        "  -> 10.0.1.5:5432                Masq    1      0          0          service=shop_db task=shop_db.2.abc slot=2 node=node-1");
  text = table_text("", std::vector{s}, {view::stats, false, true});
  CHECK(line(text, 3) == "TCP  0.0.0.0:5432                        0        0        0        0        0 service=shop_db");
  s.scheduler = "wlc";  // has no flags
  CHECK(line(table_text("", std::vector{s}, {}), 3).find('(') == std::string::npos);
}

TEST_CASE("a name does not write to the terminal", "[unit][app][ipvs]") {
  virtual_service s = make_service(transport::tcp, "0.0.0.0", 1, "rr\x1b[2J");
  s.name = "a b\n\x1b]0;x\x07\x7f";
  s.sni = {
      "x\r\xC2\x9B"
      "2J\xC2\xA0\xC2"};
  const std::string text = table_text("", std::vector{s}, {view::plain, false, true});
  CHECK(line(text, 3) == "TCP  0.0.0.0:1 rr?[2J sni=x???2J\xC2\xA0\xC2 service=a?b??]0;x??");
}

TEST_CASE("two services on one port, one by name", "[unit][app][ipvs]") {
  std::vector<virtual_service> services(2, make_service(transport::tcp, "0.0.0.0", 443, "rr"));
  services[0].name = "b", services[1].name = "a";
  const std::string text = table_text("", services, {view::plain, false, true});
  CHECK(line(text, 3).ends_with("service=a"));
  CHECK(line(text, 4).ends_with("service=b"));
}
