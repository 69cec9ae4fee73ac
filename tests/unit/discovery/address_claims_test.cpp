// Addresses as random histories leave them: one that two live tasks claim is used by neither, with a warning; what a task
// that ended left in its record counts for nothing.
#include <catch.hpp>

#include "traefik1.hpp"
#include "builders.hpp"
#include "translate/translate.hpp"

#include "random.hpp"

#include <algorithm>
#include <map>
#include <set>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;

TEST_CASE("random claims on a /29: used by its one live holder, or by nobody", "[unit][discovery][translate]") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    waggle::test::random dice(seed);
    snapshot picture;
    picture.networks = app_and_ingress();
    std::map<std::string, std::set<std::string>> live;  // address → tasks
    std::map<std::string, std::string> service_of;      // task → service
    for (const char* const name : {"a", "b", "c"}) {
      auto s = make_service(name, {{"traefik.port", "80"}, {"traefik.frontend.rule", std::string("Host:") + name}});
      std::vector<task> tasks;
      for (std::size_t i = 0; i < dice.below(5); ++i) {
        const std::string address = "10.0.0." + std::to_string(1 + dice.below(6));
        task t = make_task(s, i + 1, address);
        t.id = std::string(name) + std::to_string(i);
        if (dice.one_in(3)) t.desired_state = "shutdown";
        if (dice.one_in(3)) t.state = dice.one_in(2) ? "failed" : "starting";
        if (t.running()) live[address].insert(t.id);
        service_of[t.id] = name;
        tasks.push_back(std::move(t));
      }
      picture.services.push_back(make_view(s, tasks));
    }
    options o;
    o.entry_points = {"http"};
    const auto out = translator(o).translate(picture, {}, false);
    std::map<std::string, std::string> used;  // address → task
    const auto all = waggle::test::seen(out.config);
    for (const auto& b : all.backends)
      for (const auto& s : b.servers) {
        CHECK(used.emplace(s.host, s.origin.task_id).second);
        CHECK(s.origin.service_name == service_of[s.origin.task_id]);
      }
    std::map<std::string, std::string> expected;
    std::set<std::string> disputed;
    for (const auto& [address, tasks] : live) {
      if (tasks.size() == 1) expected[address] = *tasks.begin();
      else
        for (const auto& t : tasks) disputed.insert(service_of[t]);
    }
    CHECK(used == expected);
    for (const auto& v : *out.verdicts) {
      const bool told = std::any_of(v.diagnostics.begin(), v.diagnostics.end(), [](const auto& d) { return d.code == "duplicate-address"; });
      CHECK(told == disputed.contains(v.service));
    }
  }
}
