// What is not believed at once.
#include <catch.hpp>

#include "builders.hpp"
#include "reconcile/guard.hpp"

using namespace waggle::discovery;
using namespace waggle::discovery::test;
using namespace std::chrono_literals;
using waggle::base::mono_time;

namespace {

const mono_time start = mono_time{} + std::chrono::hours{1};

}  // namespace

TEST_CASE("bulk vanishing needs a second look two seconds later", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}), running("b", {}), running("c", {}), running("d", {}), running("e", {})});
  guard g;
  auto picture = swarm_of({running("a", {})});
  auto ruling = g.judge(before, picture, true, {}, start);
  CHECK(ruling.what == guard::answer::repair);
  CHECK(ruling.news);
  CHECK(picture.services.size() == 5);
  picture = swarm_of({running("a", {})});
  ruling = g.judge(before, picture, true, {}, start + 1s);
  CHECK(ruling.what == guard::answer::repair);
  CHECK_FALSE(ruling.news);
  picture = swarm_of({running("a", {})});
  CHECK(g.judge(before, picture, true, {}, start + 2s).what == guard::answer::take);
  CHECK(picture.services.size() == 1);
}

TEST_CASE("announced removals and few of many go at once", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}), running("b", {}), running("c", {}), running("d", {})});
  guard g;
  auto none = swarm_of({});
  CHECK(g.judge(before, none, true, {"id-a", "id-b", "id-c", "id-d"}, start).what == guard::answer::take);
  auto half = swarm_of({running("a", {}), running("b", {})});
  CHECK(g.judge(before, half, true, {}, start).what == guard::answer::take);
}

TEST_CASE("a limited look does not end the doubt", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {})});
  guard g;
  auto none = swarm_of({});
  CHECK(g.judge(before, none, true, {}, start).what == guard::answer::repair);
  auto all = before;
  CHECK(g.judge(before, all, false, {}, start + 500ms).what == guard::answer::take);
  none = swarm_of({});
  CHECK(g.judge(before, none, true, {}, start + 2s).what == guard::answer::take);
}

TEST_CASE("a manager that lags behind is not believed at once", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {})});
  auto old = make_service("a", {});
  old.version = 9;
  guard g;
  auto picture = swarm_of({make_view(old, {})});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 1s).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 3s).what == guard::answer::take);
}

TEST_CASE("older tasks show a manager that lags behind, too", "[unit][discovery][guard]") {
  const auto before = swarm_of({running("a", {}, 2), running("b", {})});
  auto view = *before.services[0];
  view.tasks.pop_back();
  guard g;
  auto picture = swarm_of({make_view(view.spec, view.tasks), before.services[1]});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::take);  // a task that left
  view.tasks[0].version -= 1;
  picture = swarm_of({make_view(view.spec, view.tasks), before.services[1]});
  CHECK(g.judge(before, picture, true, {}, start).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 1s).what == guard::answer::refuse);
  CHECK(g.judge(before, picture, true, {}, start + 3s).what == guard::answer::take);
}
