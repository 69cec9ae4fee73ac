// Faults of the control plane under load (http-contract section 3): whatever the Engine does, clients of services whose tasks
// live get their answers, from these services; what is right again is followed.
#include "discovery_fake_engine.hpp"
#include "proxy_fixture.hpp"
#include "small_swarm.hpp"

#include <waggle/discovery/controller.hpp>

#include "catch.hpp"

#include <atomic>
#include <thread>

using namespace waggle;
using namespace waggle::test;

namespace {

/// Two services with two tasks each, an Engine that shows them, the whole of waggle, and clients that ask for both.
class plant {
 public:
  plant() : path_("/tmp/waggle-faults-" + std::to_string(::getpid()) + ".sock"), engine(path_) {
    for (int host = 1; host <= 4; ++host) swarm.start(host <= 2 ? "a" : "b", static_cast<std::uint64_t>(host), host);
    show();
    discovery::options how;
    how.endpoint = "unix://" + path_;
    how.entry_points = how.default_entry_points = {"http"};
    how.poll_interval = 100ms;
    controller = std::make_unique<discovery::controller>(how, edge.log, [this](const discovery::update& u) {
      if (fail_publishes > 0 && fail_publishes-- > 0) throw std::bad_alloc();
      edge.server->publish({{"docker", u.config}});
      return discovery::refusals{};
    });
    controller->start();
    for (unsigned i = 0; i < 2; ++i) clients_.emplace_back([this, i] { ask(i + 1); });
  }
  ~plant() {
    end();
    controller->stop();
  }
  void end() {
    stop_ = true;
    for (std::thread& t : clients_)
      if (t.joinable()) t.join();
  }

  std::string services(int version = 10, const std::string& extra_labels = "") const {
    std::string out;
    for (const std::string name : {"a", "b"}) out += (out.empty() ? "[" : ",") + service(name, version, name == "b" ? extra_labels : "");
    return out + "]";
  }
  std::string service(const std::string& name, int version, const std::string& extra_labels) const {
    return R"({"ID":"id-)" + name + R"(","Version":{"Index":)" + std::to_string(version) + R"(},"Spec":{"Name":")" + name +
           R"(","Labels":{"traefik.port":")" + std::to_string(swarm.port) + R"(","traefik.frontend.rule":"PathPrefix:/)" + name + "\"" +
           extra_labels + R"(},"Mode":{"Replicated":{"Replicas":2}},"TaskTemplate":{"Networks":[{"Target":"net"}]},"EndpointSpec":{"Mode":"vip"}}})";
  }
  std::string tasks() const {
    std::string out;
    for (const auto& [id, t] : swarm.tasks)
      out += (out.empty() ? "[" : ",") + (R"({"ID":")" + id + R"(","ServiceID":"id-)" + t.service + R"(","Slot":)" + std::to_string(t.slot)) +
             R"(,"NodeID":"n1","Status":{"State":"running"},"DesiredState":"running","NetworksAttachments":[{"Network":{"ID":"net"},"Addresses":[")" +
             t.address() + R"(/24"]}]})";
    return out.empty() ? "[]" : out + "]";
  }
  void show() {
    engine.set("/services", services());
    engine.set("/tasks", tasks());
    engine.set("/networks", R"([{"Id":"net","Name":"app","Scope":"swarm","Driver":"overlay","Ingress":false}])");
  }
  /// The answers go on for this many requests.
  void serve(int requests = 60) {
    const int until = good + requests;
    REQUIRE(eventually([&] { return good >= until; }));
  }
  bool looked(std::uint64_t times) {
    const auto before = controller->status();
    return eventually([&] {
      const auto now = controller->status();
      return now.looks + now.failed_looks >= before.looks + before.failed_looks + times;
    });
  }
  /// A task of "a" joins and is used: discovery follows again.
  void follows() {
    const auto& fifth = swarm.start("a", 5, 5);
    show();
    engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-a"},"scope":"swarm"})");
    CHECK(eventually([&] { return fifth.server->request_count() > 0; }, patience(30s)));
  }
  void is_well() {
    end();
    CHECK(wrong == 0);
    CHECK(failed == 0);
    CHECK(good > 50);
  }

 private:
  std::string path_;

 public:
  small_swarm swarm;
  fake_engine engine;
  proxy_fixture edge;
  std::unique_ptr<discovery::controller> controller;
  std::atomic<int> good{0}, wrong{0}, failed{0}, fail_publishes{0};

 private:
  void ask(unsigned seed) {
    eventually([this] { return edge.get("/a").status == 200 && edge.get("/b").status == 200; });
    test::random dice(seed);
    raw_socket c = edge.connect();
    while (!stop_) {
      const std::string name = dice.one_in(2) ? "a" : "b";
      c.send("GET /" + name + " HTTP/1.1\r\nHost: h\r\n\r\n");
      const answer a = read_answer(c);
      if (a.status != 200) {
        ++failed;
        c = edge.connect();
      } else if (a.body != name) {
        ++wrong;
      } else {
        ++good;
      }
      c.receive(1ms);  // about 1,000 requests a second for each
    }
  }
  std::atomic<bool> stop_{false};
  std::vector<std::thread> clients_;
};

}  // namespace

TEST_CASE_METHOD(plant, "lists that fail, are cut, or are no lists", "[integration][faults]") {
  serve();
  const std::string whole = tasks();
  struct row {
    const char* path;
    fake_engine::reply r;
  };
  const auto fault = GENERATE_COPY(values<row>({
      {"/tasks", {200, whole, whole.size() / 2}},                    // the connection is cut
      {"/tasks", {200, whole.substr(0, whole.size() - 1)}},          // the list does not end
      {"/tasks", {200, whole.substr(0, whole.find(R"("task2")"))}},  // it ends inside an object
      {"/services", {500, R"({"message":"context deadline exceeded"})"}},
      {"/tasks", {503, R"({"message":"rpc error: code = Unknown desc = The swarm does not have a leader."})"}},
      {"/services", {503, R"({"message":"This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state."})"}},
      {"/tasks", {200, R"({"message":"not a list"})"}},
      {"/networks", {500, R"({"message":"no networks"})"}},
  }));
  CAPTURE(fault.path, fault.r.status, fault.r.body.substr(0, 60));
  engine.fail_always(fault.path, fault.r);
  if (std::string(fault.path) == "/networks") engine.event(R"({"Type":"network","Action":"create","Actor":{"ID":"x"},"scope":"swarm"})");
  const auto generation = controller->status().generation;
  CHECK(eventually([&] { return controller->status().failed_looks >= 2; }));
  CHECK_FALSE(controller->status().last_error.empty());
  serve();
  CHECK(controller->status().generation == generation);
  engine.heal(fault.path);
  follows();
  is_well();
}

TEST_CASE_METHOD(plant, "dockerd is restarted: refused, then empty, then right", "[integration][faults]") {
  serve();
  engine.stop();
  CHECK(eventually([&] { return !controller->status().connected; }));
  serve();
  engine.set("/services", "[]");
  engine.set("/tasks", "[]");
  engine.start();
  CHECK(eventually([&] { return controller->status().connected; }, patience(20s)));
  serve(20);  // all services gone at once: not believed before a second look two seconds later
  show();
  follows();
  is_well();
}

TEST_CASE_METHOD(plant, "a manager that lags behind is not believed", "[integration][faults]") {
  serve();
  engine.set("/services", services(3));
  engine.set("/tasks", "[]");
  REQUIRE(looked(2));  // a third time, and for three seconds, it would be believed
  show();
  serve();
  follows();
  is_well();
}

TEST_CASE_METHOD(plant, "events: silent, cut again and again, forbidden", "[integration][faults]") {
  serve();
  SECTION("cut") {
    for (int i = 0; i < 5; ++i) {
      REQUIRE(eventually([&] { return engine.streams() > 0; }, patience(40s)));
      engine.close_events();
      REQUIRE(eventually([&] { return engine.streams() == 0; }));
      if (i == 1) break;
    }
  }
  SECTION("forbidden") {
    engine.fail_always("/events", {403, R"({"message":"forbidden"})"});
    engine.close_events();
  }
  SECTION("garbage") { engine.event("{\"Type\":[[[[\n\x01\xff}}}"); }
  const auto& fifth = swarm.start("a", 5, 5);
  show();  // nobody says so: the next look finds it
  CHECK(eventually([&] { return fifth.server->request_count() > 0; }));
  is_well();
}

TEST_CASE_METHOD(plant, "slow lists delay what is new, and nothing else", "[integration][faults]") {
  serve();
  fake_engine::reply slow;
  slow.delay_ms = 1'500;
  engine.fail_always("/tasks", slow);
  REQUIRE(looked(1));
  const auto begin = test_clock::now();
  serve(100);
  CHECK(test_clock::now() - begin < patience(3s));
  engine.heal("/tasks");
  follows();
  is_well();
}

TEST_CASE_METHOD(plant, "one service's labels are huge or garbage: it alone pays", "[integration][faults]") {
  serve();
  const std::string bad = GENERATE(
      as<std::string>{}, R"(,"traefik.tags":")" + std::string(70'000, 'x') + "\"", ",\"traefik." + std::string(300, 'k') + R"(":"1")",
      R"(,"traefik.frontend.headers.customResponseHeaders":"X:a\r\nSet-Cookie: b")", R"(,"traefik.frontend.priority":"99999999999999999999999")",
      R"(,"traefik.weight":"-5")", R"(,"traefik.frontend.entryPoints":"\u0000\u0001")");
  CAPTURE(bad.substr(0, 60));
  engine.set("/services", services(11, bad));
  engine.event(R"({"Type":"service","Action":"update","Actor":{"ID":"id-b"},"scope":"swarm"})");
  CHECK(eventually([&] {
    const auto verdicts = controller->verdicts();  // held: the next look replaces them
    for (const auto& v : *verdicts)
      if (v.service == "b") return v.state != model::routing_state::routed;
    return false;
  }));
  end();
  CHECK(wrong == 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(edge.get("/a").body == "a");
    const answer b = edge.get("/b");
    CHECK((b.body == "b" || b.status == 404));
    CHECK(b.field("Set-Cookie").empty());
  }
}

TEST_CASE_METHOD(plant, "an exception while publishing is one failed look", "[integration][faults]") {
  serve();
  fail_publishes = 2;
  follows();
  CHECK(fail_publishes <= 0);
  is_well();
}
