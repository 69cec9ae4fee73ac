#include "udp/recent_datagrams.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::udp;

namespace {

std::string taken(recent_datagrams& r, std::uint64_t session, waggle::proxy::io::time_ms now) {
  std::string out;
  for (const piece& p : r.take(session, now)) out += std::string(p.data, p.size) + (p.segment != 0 ? "/" + std::to_string(p.segment) : "") + ";";
  return out;
}

void put(recent_datagrams& r, std::uint64_t session, std::string text, waggle::proxy::io::time_ms now, std::uint16_t segment = 0) {
  r.remember(session, {text.data(), static_cast<std::uint32_t>(text.size()), segment, 0}, now);
}

}  // namespace

TEST_CASE("recent datagrams: those of one session, in their order, once", "[unit][proxy][udp]") {
  recent_datagrams r;
  CHECK(taken(r, 1, 0) == "");
  put(r, 1, "A", 100);
  put(r, 2, "other", 100);
  put(r, 1, "", 101);
  put(r, 1, "BBCC", 102, 2);
  CHECK(taken(r, 1, 103) == "A;;BBCC/2;");
  CHECK(taken(r, 1, 103) == "");
  CHECK(taken(r, 2, 103) == "other;");
}

TEST_CASE("recent datagrams: old and large ones are not kept, and a flood pushes the others out", "[unit][proxy][udp]") {
  recent_datagrams r;
  put(r, 1, "old", 100);
  CHECK(taken(r, 1, 100 + recent_datagrams::kept_for + 1) == "");
  put(r, 1, std::string(recent_datagrams::largest + 1, 'x'), 100);
  CHECK(taken(r, 1, 100) == "");
  put(r, 1, std::string(recent_datagrams::largest, 'x'), 100);
  CHECK(taken(r, 1, 100).size() == recent_datagrams::largest + 1);
  put(r, 1, "first", 100);
  for (std::size_t i = 0; i < recent_datagrams::most; ++i) put(r, 2 + i, "flood", 100);
  CHECK(taken(r, 1, 100) == "");
}
