// What "waggle status --ipvs" takes and asks for, and bodies in chunks.
#include "ask/chunked_body.hpp"
#include "ask/ipvs_question.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace waggle::app;
using Catch::Matchers::Contains;

namespace {

ipvs_question with(const std::vector<std::string>& flags) {
  ipvs_question out;
  for (const std::string& f : flags) {
    const auto taken = out.take(f);
    REQUIRE(taken.has_value());
    CHECK(*taken);
  }
  return out;
}

std::string refused(const std::vector<std::string>& flags) {
  ipvs_question q;
  for (const std::string& f : flags)
    if (const auto taken = q.take(f); !taken) return taken.error().reason;
  const auto asked = q.asked();
  REQUIRE_FALSE(asked.has_value());
  return asked.error().reason;
}

}  // namespace

TEST_CASE("the flags of ipvsadm --list make a question", "[unit][app][ask]") {
  CHECK(with({"--ipvs"}).target("", false) == "/api/l4?as=text&view=plain");
  CHECK(with({"--ipvs", "-L", "-n", "--stats", "--exact"}).target("", false) == "/api/l4?as=text&view=stats&exact=1");
  CHECK(with({"--ipvs", "-c"}).target("shop pg", false) == "/api/l4?as=text&view=connections&service=shop%20pg");
  CHECK(with({"--ipvs", "--names", "--rate"}).target("", true) == "/api/l4?view=rate&names=1");
  CHECK(with({"--IPVS", "--thresholds", "--thresholds"}).target("", false) == "/api/l4?as=text&view=thresholds");
  CHECK(*with({"--ipvs"}).asked());
  CHECK_FALSE(*with({}).asked());
  ipvs_question q;
  CHECK_FALSE(*q.take("--endpoint=:8080"));
  CHECK_FALSE(*q.take("pg"));
}

TEST_CASE("what cannot be asked is told with what to do", "[unit][app][ask]") {
  CHECK(refused({"--stats"}) == "--stats belongs to --ipvs: waggle status --ipvs --stats");
  CHECK(refused({"--ipvs", "--rate", "-c"}) == "--rate and -c are two tables: ask for one at a time");
  CHECK_THAT(refused({"--ipvs", "-Z"}), Contains("never set to zero"));
  CHECK_THAT(refused({"--ipvs", "-A"}), Contains("waggle.tcp.port"));
}

TEST_CASE("a body in chunks is put together, or told to be cut", "[unit][app][ask]") {
  CHECK(is_chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y"));
  CHECK_FALSE(is_chunked("HTTP/1.1 200 OK\r\nContent-Length: 3"));
  CHECK(join_chunks("0\r\n\r\n") == "");
  CHECK(join_chunks("3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n") == "abc0123456789");
  const std::string whole = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (std::size_t n = 0; n + 4 < whole.size(); ++n) CHECK_FALSE(join_chunks(whole.substr(0, n)));
  CHECK_FALSE(join_chunks("x\r\nabc\r\n0\r\n\r\n"));
  CHECK_FALSE(join_chunks("3\r\nabcd\r\n0\r\n\r\n"));
  CHECK_FALSE(join_chunks("ffffffffffffffff\r\nabc\r\n0\r\n\r\n"));
  CHECK_FALSE(join_chunks("-1\r\nabc\r\n0\r\n\r\n"));
  CHECK_FALSE(join_chunks("10000000000000000000\r\n"));
}
