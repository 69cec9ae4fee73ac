// tests/golden/labels/*.txt: one file, one fact. Labels of the service "web" (key=value a line; "option name=value" sets an
// option), a line "----", then the configuration as the API shows it, or "error: <code> <label>". What is below HTTP is shown a line a
// router and service.
#include <catch.hpp>

#include "builders.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/traefik_json.hpp>
#include <waggle/model/tcp_rule_text.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <type_traits>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;

namespace {

struct golden {
  labels given;
  options opts;
  std::string expected, expected_lines;
};

golden load(const std::filesystem::path& file) {
  golden out;
  out.opts.entry_points = {"http", "https"};
  out.opts.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}, {"dns", model::protocol::udp, 53, false}};
  std::ifstream in(file);
  bool after = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "----") {
      after = true;
    } else if (after) {
      out.expected += line;
      out.expected_lines += line + "\n";
    } else if (line.rfind("option ", 0) == 0) {
      const auto eq = line.find('=');
      const auto name = line.substr(7, eq - 7), value = line.substr(eq + 1);
      if (name == "domain") out.opts.domain = value;
      else if (name == "network") out.opts.network = value;
      else if (name == "constraint") out.opts.constraints.push_back(value);
      else if (name == "exposed") out.opts.exposed_by_default = value == "true";
      else FAIL("unknown option " << name);
    } else if (!line.empty() && line[0] != '#') {
      const auto eq = line.find('=');
      out.given[line.substr(0, eq)] = line.substr(eq + 1);
    }
  }
  return out;
}

std::string listed(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& s : list) out += (out.empty() ? "" : ",") + s;
  return out;
}

template <class Service>
std::string service_line(const char* protocol, const Service& s) {
  std::string out = std::string(protocol) + " service " + s.name + ": " + std::string(model::word_of(s.scheduling.policy));
  if (s.scheduling.by_port) out += " port";
  if (s.scheduling.fallback) out += " fallback";
  if (s.persistence)
    out += " persistence=" + std::to_string(s.persistence->timeout.count()) + "ms/" + std::to_string(s.persistence->netmask_v4) + "/" +
           std::to_string(s.persistence->netmask_v6) + "/" + s.persistence->group;
  if constexpr (std::is_same_v<Service, model::tcp_service>) {
    if (s.max_conn != 0) out += " maxConn=" + std::to_string(s.max_conn) + "/" + std::to_string(s.max_conn_resume);
    if (s.proxy_protocol != 0) out += " proxyProtocol=" + std::to_string(s.proxy_protocol);
    if (s.drain.count() != 0) out += " drain=" + std::to_string(s.drain.count()) + "ms";
  }
  for (const auto& m : s.servers) out += " " + m.url.str() + "*" + std::to_string(m.weight);
  return out + "\n";
}

std::string below_http(const model::configuration& c) {
  std::string out;
  for (const auto& r : c.tcp.routers)
    out += "tcp router " + r.name + ": on " + listed(r.entry_points) + " " + model::rule_text(r) +
           (r.tls == model::tcp_tls::passthrough ? " passthrough" : "") + (r.white_list.empty() ? "" : " from " + listed(r.white_list)) + " -> " +
           r.service + "\n";
  for (const auto& s : c.tcp.services) out += service_line("tcp", s);
  for (const auto& r : c.udp.routers)
    out += "udp router " + r.name + ": on " + listed(r.entry_points) + (r.white_list.empty() ? "" : " from " + listed(r.white_list)) + " -> " +
           r.service + "\n";
  for (const auto& s : c.udp.services) out += service_line("udp", s);
  return out;
}

std::string outcome(const golden& g) {
  const auto t = translator(g.opts).translate(swarm_of({running("web", g.given)}), {}, false);
  const auto& v = t.verdicts->front();
  if (v.state != model::routing_state::not_routed) {
    const std::string below = below_http(*t.config);
    return below.empty() ? traefik_json(*t.config) : below;
  }
  const auto worst = std::max_element(v.diagnostics.begin(), v.diagnostics.end(), [](const auto& a, const auto& b) { return a.level < b.level; });
  return "error: " + worst->code + (worst->label.empty() ? "" : " " + worst->label);
}

}  // namespace

TEST_CASE("golden label files", "[unit][discovery][golden]") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WAGGLE_GOLDEN_LABELS)) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    const auto g = load(entry.path());
    CAPTURE(entry.path().filename().string());
    CHECK(outcome(g) == (g.expected.starts_with("tcp ") || g.expected.starts_with("udp ") ? g.expected_lines : g.expected));
  }
  CHECK(files >= 20);
}
