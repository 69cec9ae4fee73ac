// Whose job is next.
#include "io/fair_jobs.hpp"

#include "catch.hpp"

using waggle::proxy::io::fair_jobs;

TEST_CASE("owners take turns, whoever came first", "[unit][proxy][io][fair_jobs]") {
  fair_jobs<int> jobs({100, 10, 10});
  for (int i = 0; i < 5; ++i) REQUIRE(jobs.push(1, i));
  REQUIRE(jobs.push(2, 20));
  REQUIRE(jobs.push(3, 30));
  std::vector<int> order;
  while (auto next = jobs.pop()) {
    order.push_back(next->second);
    jobs.done(next->first);
  }
  CHECK(order == std::vector<int>{0, 20, 30, 1, 2, 3, 4});
  CHECK(jobs.waiting() == 0);
}

TEST_CASE("an owner has its share of threads and places", "[unit][proxy][io][fair_jobs]") {
  fair_jobs<int> jobs({5, 3, 1});
  for (int i = 0; i < 3; ++i) CHECK(jobs.push(1, i));
  CHECK_FALSE(jobs.push(1, 3));  // its places
  const auto running = jobs.pop();
  REQUIRE(running);
  CHECK(running->second == 0);
  CHECK_FALSE(jobs.may_run());  // its thread
  CHECK_FALSE(jobs.pop());
  CHECK(jobs.push(2, 20));
  CHECK(jobs.pop()->second == 20);  // another's job runs meanwhile
  jobs.done(running->first);
  CHECK(jobs.pop()->second == 1);
  for (int i = 0; i < 3; ++i) CHECK(jobs.push(10 + static_cast<unsigned>(i), i));
  CHECK(jobs.waiting() == 4);
  CHECK(jobs.push(20, 0));
  CHECK_FALSE(jobs.push(21, 0));  // the places of all
}

TEST_CASE("whoever has nothing left is forgotten", "[unit][proxy][io][fair_jobs]") {
  fair_jobs<int> jobs({5, 3, 2});
  CHECK(jobs.push(1, 1));
  CHECK(jobs.push(1, 2));
  const auto a = jobs.pop(), b = jobs.pop();
  REQUIRE(a);
  REQUIRE(b);
  jobs.done(1);
  CHECK(jobs.push(1, 3));
  CHECK(jobs.pop()->second == 3);
  jobs.done(1);
  jobs.done(1);
  CHECK(jobs.push(1, 4));
  CHECK(jobs.pop()->second == 4);
}

TEST_CASE("jobs that nobody wants any more give up their places", "[unit][proxy][io][fair_jobs]") {
  fair_jobs<int> jobs({10, 3, 1});
  for (int i = 0; i < 3; ++i) REQUIRE(jobs.push(1, i));
  REQUIRE(jobs.push(2, 20));
  CHECK_FALSE(jobs.has_place(1));
  jobs.drop(1, [](int i) { return i > 0; });
  CHECK(jobs.has_place(1));
  CHECK(jobs.waiting() == 2);
  jobs.drop(1, [](int) { return true; });
  CHECK(jobs.waiting() == 1);
  const auto next = jobs.pop();
  REQUIRE(next);
  CHECK(next->second == 20);
  jobs.done(2);
  CHECK_FALSE(jobs.may_run());
  CHECK(jobs.push(1, 4));
  CHECK(jobs.pop()->second == 4);
}
