// tests/golden/labels/*.txt: one file, one fact. Labels of the service "web" (key=value a line; "option name=value" sets an
// option), a line "----", then the configuration as the API shows it, or "error: <code> <label>".
#include <catch.hpp>

#include "builders.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;

namespace {

struct golden {
  labels given;
  options opts;
  std::string expected;
};

golden load(const std::filesystem::path& file) {
  golden out;
  out.opts.entry_points = {"http", "https"};
  std::ifstream in(file);
  bool after = false;
  for (std::string line; std::getline(in, line);) {
    if (line == "----") {
      after = true;
    } else if (after) {
      out.expected += line;
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

std::string outcome(const golden& g) {
  const auto t = translator(g.opts).translate(swarm_of({running("web", g.given)}), {}, false);
  const auto& v = t.verdicts->front();
  if (v.state != model::routing_state::not_routed) return traefik_json(*t.config);
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
    CHECK(outcome(g) == g.expected);
  }
  CHECK(files >= 20);
}
