// Background threads: a job that hangs is its owner's trouble alone.
#include "io/side_threads.hpp"

#include "catch.hpp"
#include "deadline.hpp"

#include <memory>
#include <vector>

using namespace waggle::test;
using waggle::proxy::io::side_threads;

namespace {

struct shared_flags {
  std::atomic<int> begun{0};
  std::atomic<bool> open{false};
};

bool is_done(const side_threads::ticket& t) { return t->load(); }

}  // namespace

TEST_CASE("jobs that come together do not wait for one of them that hangs", "[integration][proxy][io][side_threads]") {
  constexpr side_threads::owner hanging = 1, other = 2, third = 3;
  for (int round = 0; round < 20; ++round) {  // all are there before the first thread is, nearly always
    side_threads threads({3, {100, 10, 1}, 0});
    const auto flags = std::make_shared<shared_flags>();
    const auto hang = threads.submit(
        hanging, [flags] { eventually([&] { return flags->open.load(); }, patience(30s)); }, nullptr);
    const auto second = threads.submit(
        other, [flags] { ++flags->begun; }, nullptr);
    const auto last = threads.submit(
        third, [flags] { ++flags->begun; }, nullptr);
    REQUIRE(hang);
    REQUIRE(second);
    REQUIRE(last);
    const bool both = eventually([&] { return is_done(second) && is_done(last); }, patience(3s));
    const bool hangs_still = !is_done(hang);
    flags->open = true;
    CHECK(eventually([&] { return is_done(hang) && is_done(second) && is_done(last); }));
    CHECK(hangs_still);
    REQUIRE(both);
  }
}

TEST_CASE("what hangs has its owner's share of threads, and no more", "[integration][proxy][io][side_threads]") {
  side_threads threads({4, {100, 10, 2}, 0});
  const auto flags = std::make_shared<shared_flags>();
  std::vector<side_threads::ticket> hang;
  for (int i = 0; i < 6; ++i) {
    hang.push_back(threads.submit(
        1,
        [flags] {
          ++flags->begun;
          eventually([&] { return flags->open.load(); }, patience(30s));
        },
        nullptr));
  }
  CHECK(eventually([&] { return flags->begun == 2; }));
  for (int i = 0; i < 20; ++i) {
    const auto job = threads.submit(
        2, [] {}, nullptr);
    REQUIRE(job);
    REQUIRE(eventually([&] { return is_done(job); }));
  }
  CHECK(flags->begun == 2);
  flags->open = true;
  for (const auto& h : hang) CHECK(eventually([&] { return is_done(h); }));
}
