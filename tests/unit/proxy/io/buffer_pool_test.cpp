#include "io/buffer_pool.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <string>
#include <vector>

using namespace waggle::proxy::io;

TEST_CASE("a buffer takes what fits and refuses the rest whole", "[unit][proxy][io][buffer]") {
  buffer_pool pool;
  buffer b = pool.take(10);
  CHECK(b);
  CHECK(b.empty());
  CHECK(b.room() == buffer_pool::small);
  CHECK(b.append("hello"));
  CHECK(b.view() == "hello");
  b.consume(2);
  CHECK(b.view() == "llo");
  CHECK_FALSE(b.append(std::string(b.room() + 1, 'x')));
  CHECK(b.view() == "llo");
  CHECK(b.append(std::string(b.room(), 'x')));
  CHECK(b.room() == 0);
  CHECK(b.append(""));
  b.clear();
  CHECK(b.room() == buffer_pool::small);
}

TEST_CASE("blocks come in three sizes, or as large as asked", "[unit][proxy][io][buffer]") {
  buffer_pool pool;
  struct row {
    std::size_t ask, get;
  };
  for (const row r : {row{0, 2048}, row{2048, 2048}, row{2049, 8192}, row{8192, 8192}, row{8193, 73728}, row{73728, 73728}, row{73729, 73729},
                      row{1'000'000, 1'000'000}}) {
    CAPTURE(r.ask);
    buffer b = pool.take(r.ask);
    CHECK(b.room() == r.get);
    CHECK(pool.held() == r.get);
    b.release();
    CHECK(pool.held() == 0);
    CHECK_FALSE(b);
    b.release();  // twice is nothing
    CHECK(pool.held() == 0);
  }
}

TEST_CASE("a released block is used again", "[unit][proxy][io][buffer]") {
  buffer_pool pool;
  buffer a = pool.take(100);
  const char* const place = a.data();
  a.append("old");
  a.consume(3);
  a.release();
  buffer b = pool.take(100);
  CHECK(b.data() == place);
  CHECK(b.empty());
  CHECK(b.room() == buffer_pool::small);
}

TEST_CASE("moving hands the block over", "[unit][proxy][io][buffer]") {
  buffer_pool pool;
  buffer a = pool.take(1);
  a.append("a");
  buffer b = std::move(a);
  CHECK(b.view() == "a");
  buffer c = pool.take(1);
  c.append("c");
  c = std::move(b);
  CHECK(c.view() == "a");
  CHECK(pool.held() == buffer_pool::small);
  buffer& alias = c;
  c = std::move(alias);
  CHECK(c.view() == "a");
  c = buffer{};
  CHECK(pool.held() == 0);
}

TEST_CASE("replace puts text of another length in place", "[unit][proxy][io][buffer]") {
  buffer_pool pool;
  buffer b = pool.take(10);
  b.append("..Host: \r\n\r\nbody");
  b.consume(2);
  CHECK(b.replace(6, 0, "10.0.0.1:80"));
  CHECK(b.view() == "Host: 10.0.0.1:80\r\n\r\nbody");
  CHECK(b.replace(6, 11, "[fd00::1]:8080"));
  CHECK(b.view() == "Host: [fd00::1]:8080\r\n\r\nbody");
  CHECK(b.replace(6, 14, "a"));
  CHECK(b.view() == "Host: a\r\n\r\nbody");
  CHECK(b.replace(6, 1, ""));
  CHECK(b.view() == "Host: \r\n\r\nbody");
  b.append(std::string(b.room(), 'x'));
  CHECK_FALSE(b.replace(6, 0, "a"));
  CHECK(b.replace(0, 4, "Most"));
}

TEST_CASE("a pool keeps a bounded number of blocks and counts what is out", "[unit][proxy][io][buffer][property]") {
  buffer_pool pool;
  waggle::test::random random(5);
  std::vector<buffer> out;
  std::size_t held = 0;
  for (int step = 0; step < 3'000; ++step) {
    if (random.one_in(3) && !out.empty()) {
      held -= out.back().room() + out.back().size();
      out.pop_back();
    } else {
      out.push_back(pool.take(random.below(3) == 0 ? random.below(100'000) : random.below(9'000)));
      out.back().append("x");
      held += out.back().room() + out.back().size();
    }
    REQUIRE(pool.held() == held);
  }
  out.clear();
  CHECK(pool.held() == 0);
}
