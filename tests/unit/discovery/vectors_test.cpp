// Every recorded configuration of Traefik 1.7.28: the same swarm must give the same configuration. The log and the rest of
// the records are replayed against the whole program by tests/lab/replay_vectors.py.
#include <catch.hpp>

#include "builders.hpp"
#include "docker/api_codec.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

using namespace waggle;
using namespace waggle::discovery;
using nlohmann::json;

namespace {

options options_of(const json& arguments) {
  options o;
  o.compat_traefik1 = true;
  o.entry_points = {"http", "traefik"};
  for (const std::string argument : arguments) {
    const auto eq = argument.find('=');
    const auto key = argument.substr(0, eq), value = eq == std::string::npos ? "" : argument.substr(eq + 1);
    if (key == "--docker.domain") o.domain = value;
    else if (key == "--docker.network") o.network = value;
    else if (key == "--docker.exposedbydefault") o.exposed_by_default = value == "true";
    else if (key == "--constraints" || key == "--docker.constraints") o.constraints.push_back(value);
  }
  return o;
}

snapshot picture_of(const json& input) {
  snapshot out;
  std::vector<service> services;
  std::vector<task> tasks;
  for (const auto& s : input["services"]) services.push_back(*decode_service(s.dump()));
  for (const auto& t : input["tasks"]) {
    if (t.value("DesiredState", "running") == "running") tasks.push_back(*decode_task(t.dump()));
  }
  const std::string api = input.contains("version") ? input["version"].value("ApiVersion", "1.41") : "1.41";
  for (const auto& n : input["networks"]) {
    auto network = *decode_network(n.dump());
    // The filter of GET /networks: by scope from API 1.29 on, by driver before.
    if (api == "1.27" ? network.driver != "overlay" : network.scope != "swarm") continue;
    out.networks[network.id] = network;
  }
  out.services = assemble(std::move(services), std::move(tasks), {});
  return out;
}

}  // namespace

TEST_CASE("recorded configurations of Traefik 1.7", "[unit][discovery][vectors]") {
  std::ifstream in(WAGGLE_VECTORS "/traefik1-config.json");
  const auto doc = json::parse(in);
  std::size_t cases = 0;
  for (const auto& c : doc["cases"]) {
    CAPTURE(c["id"].get<std::string>(), c["title"].get<std::string>());
    ++cases;
    const auto t = translator(options_of(c["args"])).translate(picture_of(c["input"]), {}, true);
    const auto& expect = c["expect"];
    CHECK(t.refused == (expect["api_status"] == 404));
    if (t.refused) continue;
    const auto text = traefik_json(*t.config);
    const auto got = json::parse(text);
    if (expect.contains("api_any_of")) {
      bool any = false;
      for (const auto& allowed : expect["api_any_of"]) any = any || allowed == got;
      CHECK(any);
      continue;
    }
    CHECK(got == expect["api"]);
    for (const auto& line : expect["log"]) {
      constexpr const char* received = "Configuration received from provider docker: ";
      const std::string message = line["msg"];
      if (message.rfind(received, 0) == 0) CHECK(message == received + text);  // byte for byte
    }
  }
  CHECK(cases >= 144);
}
