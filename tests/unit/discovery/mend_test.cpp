// A translator that changes what it knows comes to the same as one that begins anew, whatever happens to the swarm.
#include <catch.hpp>

#include "builders.hpp"
#include "translate/translate.hpp"

#include "random.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;

namespace {

options default_options() {
  options o;
  o.entry_points = {"http"};
  o.layer4_entry_points = {
      {"pg", model::protocol::tcp, 5432, false}, {"sql", model::protocol::tcp, 3306, false}, {"dns", model::protocol::udp, 53, false}};
  return o;
}

/// A swarm to which things happen.
struct history {
  explicit history(unsigned seed) : dice(seed) {
    picture.networks = app_and_ingress();
    for (int i = 0; i < 8; ++i) picture.services.push_back(born(i));
  }

  std::shared_ptr<const service_view> born(int number) {
    const std::string name = "s" + std::to_string(number);
    labels l = basic(dice.one_in(4) ? "Host:shared" : "Host:" + name);
    if (dice.one_in(8)) l["traefik.frontend.rule"] = "PathPrefix:/", l["traefik.frontend.priority"] = "10";
    if (dice.one_in(4)) l["traefik.backend"] = "together";
    if (dice.one_in(5)) l["traefik.port"] = "http";
    if (dice.one_in(6)) l["traefik.enable"] = "false";
    if (dice.one_in(6)) l["traefik.api.port"] = "81", l["traefik.api.frontend.rule"] = "PathPrefix:/api";
    if (dice.one_in(3)) l["traefik.backend.maxconn.amount"] = std::to_string(1 + dice.below(3));  // of "together": the first one's
    if (dice.one_in(4)) l["traefik.frontend.headers.frameDeny"] = "true";
    if (dice.one_in(6)) {
      l["traefik.frontend.errors.net.status"] = "500-599";
      l["traefik.frontend.errors.net.backend"] = "s1";
      l["traefik.frontend.errors.net.query"] = "/";
    }
    below_http(l);
    auto s = make_service(name, std::move(l));
    s.created_ns = static_cast<std::int64_t>(dice.below(3));
    if (!dice.one_in(4)) s.replicas = 2;
    std::vector<task> tasks;
    for (std::size_t i = 0; i < dice.below(4); ++i) tasks.push_back(started(s, i + 1));
    return make_view(std::move(s), std::move(tasks));
  }

  void below_http(labels& l) {
    if (dice.one_in(2)) return;
    if (dice.one_in(2)) l = {{"traefik.enable", "true"}};
    if (dice.one_in(2)) {
      l["waggle.tcp.port"] = dice.one_in(8) ? "x" : "5432";
      l["waggle.tcp.entryPoint"] = dice.one_in(2) ? "pg" : dice.one_in(2) ? "sql" : "pg,sql";
      if (dice.one_in(3)) l["waggle.tcp.service"] = "shared";
      if (dice.one_in(3)) l["waggle.tcp.scheduler"] = dice.one_in(2) ? "rr" : "wrr";
      if (dice.one_in(4)) l["waggle.tcp.sni"] = dice.one_in(2) ? "a.example,b.example" : "b.example";
      if (dice.one_in(6)) l["waggle.admin.tcp.port"] = "8080";
    } else {
      l["waggle.udp.port"] = "53";
      if (dice.one_in(3)) l["waggle.udp.service"] = "shared";
    }
  }

  task started(const service& s, std::uint64_t slot) {
    task t = make_task(s, slot, "10.0.1." + std::to_string(dice.one_in(40) ? 7 : next_address++ % 250));
    t.id = "task-" + std::to_string(next_task++);
    return t;
  }

  void step() {
    auto& place = picture.services[dice.below(picture.services.size())];
    service_view v = *place;
    switch (dice.below(12)) {
      case 0: picture.services.push_back(born(next_service++)); return;
      case 1:
        if (picture.services.size() > 3)
          picture.services.erase(picture.services.begin() + static_cast<std::ptrdiff_t>(dice.below(picture.services.size())));
        return;
      case 2:
        if (dice.one_in(2)) v.spec.labels["traefik.weight"] = std::to_string(dice.below(5));
        else v.spec.labels["traefik.backend.maxconn.amount"] = std::to_string(dice.below(5));
        break;
      case 3: v.spec.replicas = dice.below(5); break;
      case 4: v.tasks.push_back(started(v.spec, v.tasks.size() + 1)); break;
      case 5:
        if (!v.tasks.empty()) v.tasks.pop_back();
        break;
      case 6:
        if (!v.tasks.empty()) v.tasks[dice.below(v.tasks.size())].state = dice.one_in(2) ? "starting" : "running";
        if (!v.tasks.empty() && dice.one_in(3)) v.tasks.back().desired_state = dice.one_in(2) ? "shutdown" : "running";
        break;
      case 7:
        if (!v.tasks.empty()) v.tasks.front().attachments.clear();
        break;
      default:  // by far the most: one task in the place of another
        if (!v.tasks.empty()) {
          task& t = v.tasks[dice.below(v.tasks.size())];
          t = started(v.spec, t.slot);
        }
    }
    place = std::make_shared<const service_view>(std::move(v));
  }

  waggle::test::random dice;
  snapshot picture;
  int next_address = 10, next_task = 0, next_service = 8;
};

}  // namespace

TEST_CASE("mending gives what beginning anew gives", "[unit][discovery][translate][property]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    history h(seed);
    translator lasting(default_options());
    for (int step = 0; step < 60; ++step) {
      CAPTURE(seed, step);
      const auto one = lasting.translate(h.picture, {}, false);
      const auto anew = translator(default_options()).translate(h.picture, {}, false);
      REQUIRE(*one.config == *anew.config);
      REQUIRE(*one.verdicts == *anew.verdicts);
      for (const model::router& r : one.config->http.routers)
        for (const std::string& name : r.middlewares) REQUIRE(find_named(one.config->http.middlewares, name) != nullptr);
      for (std::size_t n = 1 + h.dice.below(3); n > 0; --n) h.step();
    }
  }
}

TEST_CASE("a task that is replaced costs its backend alone", "[unit][discovery][translate]") {
  snapshot picture = swarm_of({running("a", basic("Host:a"), 2, 5), running("b", basic("Host:b"), 2, 15), running("c", basic("Host:c"), 2, 25)});
  translator t(default_options());
  const auto before = t.translate(picture, {}, false);
  service_view b = *picture.services[1];
  b.tasks[0] = make_task(b.spec, 1, "10.0.1.99");
  picture.services[1] = std::make_shared<const service_view>(std::move(b));
  const auto after = t.translate(picture, {}, false);
  REQUIRE(after.config->http.services.size() == 3);
  CHECK(after.config->http.services.held(0) == before.config->http.services.held(0));
  CHECK(after.config->http.services.held(1) != before.config->http.services.held(1));
  CHECK(after.config->http.services.held(2) == before.config->http.services.held(2));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(after.config->http.routers.held(i) == before.config->http.routers.held(i));
    CHECK(after.verdicts->held(i) == before.verdicts->held(i));
  }
}
