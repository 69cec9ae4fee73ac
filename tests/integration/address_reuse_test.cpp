// "Never a wrong backend": tasks of several services come and go on six addresses while clients ask for all of them, with
// the real translation, publishing and proxy. An answer comes from the service that was asked for, or from nobody.
#include "proxy_fixture.hpp"
#include "small_swarm.hpp"

#include "reconcile/publisher.hpp"

#include "catch.hpp"

#include <atomic>
#include <mutex>
#include <thread>

using namespace waggle;
using namespace waggle::test;

namespace {

constexpr int hosts = 6, services = 3;

std::string name_of(std::size_t i) { return "s" + std::to_string(i); }

discovery::snapshot picture_of(const small_swarm& swarm) {
  discovery::snapshot out;
  out.networks = {{"net", {"net", "app", "swarm", "overlay", false}}};
  for (std::size_t i = 0; i < services; ++i) {
    discovery::service_view view;
    view.spec.id = "id-" + name_of(i);
    view.spec.name = name_of(i);
    view.spec.labels = {{"traefik.port", std::to_string(swarm.port)},
                        {"traefik.frontend.rule", "PathPrefix:/" + name_of(i)},
                        {"traefik.backend.loadbalancer.stickiness", "true"},
                        {"traefik.backend.loadbalancer.stickiness.cookieName", "SRV"},
                        {"waggle.backend.hold", "100ms"}};
    view.spec.network_ids = {"net"};
    view.spec.replicas = 3;
    for (const auto& [id, t] : swarm.tasks) {
      if (t.service != view.spec.name) continue;
      discovery::task one;
      one.id = id;
      one.service_id = view.spec.id;
      one.node_id = "node";
      one.slot = t.slot;
      one.state = one.desired_state = "running";
      one.attachments = {{"net", "app", t.address() + "/24"}};
      view.tasks.push_back(std::move(one));
    }
    out.services.push_back(std::make_shared<const discovery::service_view>(std::move(view)));
  }
  return out;
}

/// Asks for random services, on connections that last, with cookies that name any task there ever was.
struct clients {
  clients(const proxy_fixture& e, const small_swarm& s) : edge(e), swarm(s) {
    for (unsigned i = 0; i < 3; ++i) threads.emplace_back([this, i] { run(i + 1); });
  }
  ~clients() { end(); }
  void end() {
    stop = true;
    for (std::thread& t : threads)
      if (t.joinable()) t.join();
  }
  void run(unsigned seed) {
    test::random dice(seed);
    raw_socket c = edge.connect();
    while (!stop) {
      const std::string service = name_of(dice.below(services));
      std::string text = (dice.one_in(4) ? "POST /" : "GET /") + service + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n";
      if (dice.one_in(2)) text += "Cookie: SRV=http://127.0.0." + std::to_string(1 + dice.below(hosts)) + ":" + std::to_string(swarm.port) + "\r\n";
      if (!c.send(text + "\r\n")) c = edge.connect();
      const answer a = read_answer(c);
      if (a.status == 200) {
        ++good;
        if (a.body != service) ++wrong;
      } else {
        ++others;
        if (a.status == 0) c = edge.connect();
      }
    }
  }
  const proxy_fixture& edge;
  const small_swarm& swarm;
  std::atomic<bool> stop{false};
  std::atomic<int> good{0}, wrong{0}, others{0};
  std::vector<std::thread> threads;
};

}  // namespace

TEST_CASE("random lives on a /29: every answer is of the service that was asked for", "[integration][reuse]") {
  const bool opaque = GENERATE(false, true);
  const unsigned seed = GENERATE(1u, 2u);
  CAPTURE(opaque, seed);
  test::random dice(seed);
  auto o = default_options();
  o.workers = 2;
  o.sticky_opaque = opaque;
  o.timeouts.upstream_idle = std::chrono::minutes(1);
  proxy_fixture edge(o);
  small_swarm swarm;
  std::uint64_t published = 0;
  discovery::options how;
  how.entry_points = how.default_entry_points = {"http"};
  discovery::publisher publisher(how, edge.log, [&](const discovery::update& u) {
    CHECK(edge.server->publish({{"docker", u.config}}).empty());
    ++published;
    return discovery::refusals{};
  });
  const auto look = [&] {
    publisher.show(picture_of(swarm), {}, false);
    REQUIRE(eventually([&] { return edge.stats().generation >= published; }));
  };
  look();
  clients all(edge, swarm);
  for (int step = 0; step < 150; ++step) {
    CAPTURE(step);
    const int host = static_cast<int>(1 + dice.below(hosts));
    if (swarm.host_is_free(host)) {
      swarm.start(name_of(dice.below(services)), 1 + dice.below(3), host);
      look();
    } else {
      auto at = swarm.tasks.begin();
      while (at->second.host != host) ++at;
      // Swarm frees an address when the task has ended; its desired state moved on before, or the task died by itself.
      small_task leaving = std::move(at->second);
      if (dice.one_in(3)) leaving.server.reset();
      swarm.tasks.erase(at);
      look();
      leaving.server.reset();
      if (dice.one_in(2)) {  // the address goes to somebody else at once
        swarm.start(name_of(dice.below(services)), 1 + dice.below(3), host);
        look();
      }
    }
    const int before = all.good + all.others;
    REQUIRE(eventually([&] { return all.good + all.others > before + 5; }));
  }
  all.end();
  CHECK(all.wrong == 0);
  CHECK(all.good > 200);
  CHECK(edge.stats().exceptions == 0);
}
