// What a look at the swarm and its events say.
#include <catch.hpp>

#include "builders.hpp"
#include "docker/client.hpp"
#include "docker/event_stream.hpp"
#include "docker/self.hpp"
#include "reconcile/restarts.hpp"

using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;
using waggle::base::mono_time;

namespace {

const mono_time start = mono_time{} + std::chrono::hours{1};

}  // namespace

TEST_CASE("API version: the newest of both, never below the Engine's minimum", "[unit][discovery][client]") {
  CHECK(negotiate_api("1.39", "1.12") == "1.39");  // Engine 18.09
  CHECK(negotiate_api("1.41", "1.12") == "1.41");  // 20.10
  CHECK(negotiate_api("1.52", "1.44") == "1.47");  // 29
  CHECK(negotiate_api("1.60", "1.50") == "1.50");  // one that has left our version behind
  CHECK(negotiate_api("1.27", "") == "1.27");
  CHECK(api_before("1.9", "1.10"));
}

TEST_CASE("what events say", "[unit][discovery][events]") {
  auto h = hint_of({"service", "remove", "s1", {{"name", "web"}}});
  CHECK(h.services == std::set<std::string>{"s1"});
  CHECK(h.removed == std::set<std::string>{"s1"});
  h = hint_of({"container", "die", "c1", {{"com.docker.swarm.service.id", "s2"}}});
  CHECK(h.services == std::set<std::string>{"s2"});
  CHECK(hint_of({"container", "start", "c1", {{"name", "x"}}}).empty());
  CHECK(hint_of({"node", "update", "n1", {}}).everything);
  CHECK(hint_of({"network", "create", "n1", {}}).networks);
  CHECK(hint_of({"network", "connect", "n1", {{"container", "c"}}}).empty());
}

TEST_CASE("the own container's id", "[unit][discovery][self]") {
  const std::string id(64, 'a'), other(64, 'b');
  const std::string mounts =
      "100 99 0:1 / / rw - overlay overlay rw\n101 100 8:1 /var/lib/docker/containers/" + id + "/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n";
  CHECK(own_container_ids("0::/\n", mounts, "web") == std::vector<std::string>{id});
  CHECK(own_container_ids("12:cpu:/docker/" + id + "\n", "", "x") == std::vector<std::string>{id});
  CHECK(own_container_ids("0::/\n", "", "0123456789ab") == std::vector<std::string>{"0123456789ab"});
  // A host sees the containers' mounts, but not over its own /etc.
  CHECK(own_container_ids("0::/init.scope\n", "7 1 0:9 / /var/lib/docker/containers/" + other + "/mounts/shm rw - tmpfs shm rw\n", "host1").empty());
}

TEST_CASE("a crash loop is told from an update", "[unit][discovery][restarts]") {
  restart_watch watch;
  auto now = start;
  const auto view = [](const std::string& name, std::vector<std::string> tasks) {
    auto s = make_service(name, {});
    std::vector<task> all;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      all.push_back(make_task(s, i + 1, ""));
      all.back().id = tasks[i];
    }
    return make_view(s, all);
  };
  // A rolling update, and another one soon after: each slot's task ends once, and once more.
  auto was = view("web", {"a1", "a2", "a3"});
  for (const char* round : {"b", "c"})
    for (int slot = 0; slot < 3; ++slot) {
      std::vector<std::string> tasks;
      for (int i = 0; i < 3; ++i) tasks.push_back(i <= slot ? round + std::to_string(i) : was->tasks[static_cast<std::size_t>(i)].id.str());
      const auto is = view("web", tasks);
      watch.observe(was.get(), *is, now += 5s);
      was = is;
    }
  CHECK(watch.looping(now).empty());
  // Five updates within a minute are none either: each is another version of the service.
  for (std::uint64_t version = 2; version <= 6; ++version) {
    auto s = make_service("hasty", {});
    s.version = version - 1;
    auto old_task = make_task(s, 1, ""), new_task = old_task;
    old_task.id = "h" + std::to_string(version - 1);
    new_task.id = "h" + std::to_string(version);
    const auto before = make_view(s, {old_task});
    s.version = version;
    watch.observe(before.get(), *make_view(s, {new_task}), now += 10s);
  }
  CHECK(watch.looping(now).empty());
  // A task that dies after two seconds; while Swarm waits before the next one, there is none.
  auto loop = view("loop", {"x0"});
  for (int i = 1; i <= 3; ++i) {
    const auto none = view("loop", {});
    watch.observe(loop.get(), *none, now += 2s);
    loop = view("loop", {"x" + std::to_string(i)});
    watch.observe(none.get(), *loop, now += 5s);
    CHECK(watch.looping(now).size() == (i < 3 ? 0 : 1));
  }
  CHECK(watch.looping(now + 59s).empty());  // it stayed
}
