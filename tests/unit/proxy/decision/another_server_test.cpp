// Which server a request asks beside those that it is asking, from facts alone.
#include "decision/another_server.hpp"

#include "catch.hpp"

#include <array>
#include <string_view>
#include <vector>

using namespace waggle::proxy;

namespace {

/// Five servers on three nodes; the last one's node is not known.
struct five {
  std::array<std::string_view, 5> node{"a", "a", "b", "c", ""};
  tried_servers tried;
  int next_calls = 0;
  int wanted = -1;  ///< asked for until it was tried

  int another(std::vector<int> asked) {
    return another_server(
        tried, asked, node.size(), [this](std::size_t i) { return node[i]; },
        [this](const tried_servers& without) {
          ++next_calls;
          if (wanted >= 0 && !without.has(wanted)) return wanted;
          for (int i = 0; i < 5; ++i)
            if (!without.has(i)) return i;
          return 0;  // all were tried: one of them again
        });
  }
};

}  // namespace

TEST_CASE("on another node, if there is one", "[unit][proxy][select]") {
  five f;
  CHECK(f.another({0}) == 2);
  CHECK(f.tried.has(0));
  CHECK_FALSE(f.tried.has(1));  // its node is passed over this once; the server was not asked
  CHECK(f.next_calls == 1);
  CHECK(f.another({0, 2}) == 3);
}

TEST_CASE("a server on the same node is better than none", "[unit][proxy][select]") {
  five f;
  f.node = {"a", "a", "a", "a", "a"};
  CHECK(f.another({0}) == 1);
  CHECK(f.another({0, 1}) == 2);
}

TEST_CASE("where the node is not known only the server itself counts", "[unit][proxy][select]") {
  five f;
  f.node = {};
  CHECK(f.another({0}) == 1);
  f.tried = {};
  f.node = {"a", "", "", "a", ""};
  CHECK(f.another({1}) == 0);
}

TEST_CASE("nobody is asked twice", "[unit][proxy][select]") {
  five f;
  CHECK(f.another({0, 1, 2, 3, 4}) == -1);
  f.tried = {};
  for (int i = 0; i < 4; ++i) f.tried.mark(i);
  CHECK(f.another({4}) == -1);
}

TEST_CASE("no server at all", "[unit][proxy][select]") {
  tried_servers tried;
  const auto none = [](auto&&...) { return std::string_view(); };
  CHECK(another_server(tried, {}, 0, none, [](const tried_servers&) { return -1; }) == -1);
}
