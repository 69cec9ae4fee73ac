// The line that the access log has for each TCP connection.
#include "tcp_fixture.hpp"

#include "catch.hpp"
#include "kept_lines.hpp"
#include "tls_hello.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;
using Catch::Matchers::Matches;
using json = nlohmann::json;

namespace {

proxy::options logging(proxy::access_format format = proxy::access_format::json) {
  proxy::options o = tcp_options();
  o.access_log.emplace().format = format;
  return o;
}

/// A word from the client, one back.
void talk(passage& p) {
  p.client.send("hello");
  REQUIRE(p.server.read_exactly(5) == "hello");
  p.server.send("goodbye");
  REQUIRE(p.client.read_exactly(7) == "goodbye");
}

}  // namespace

TEST_CASE("a TCP connection has a line with its ends, its bytes and why it ended", "[integration][tcp][access]") {
  listening a;
  kept_lines lines;
  tcp_fixture edge(logging(), {}, &lines);
  model::server task = tcp_task(a.port(), 2, "taskA");
  task.origin.service_name = "shop_pg";
  task.origin.node_id = "nodeB";
  task.origin.node_name = "beta";
  edge.to({task}, {}, [](model::tcp_router& r) { r.swarm_service = "shop_pg"; });
  {
    passage p(edge, a);
    talk(p);
    p.client.close();
    CHECK(p.server.wait_end() == peer_end::fin);
  }
  const json one = lines.objects(1).at(0);
  CHECK(one["EndReason"] == "client-closed");
  CHECK(one["EntryPointName"] == "pg");
  CHECK(one["FrontendName"] == "pg");
  CHECK(one["BackendName"] == "pg");
  CHECK(one["BackendAddr"] == "127.0.0.1:" + std::to_string(a.port()));
  CHECK(one["BackendURL"] == "tcp://127.0.0.1:" + std::to_string(a.port()));
  CHECK(one["ClientHost"] == "127.0.0.1");
  CHECK(one["ClientAddr"] == "127.0.0.1:" + one["ClientPort"].get<std::string>());
  CHECK(one["RequestContentSize"] == 5);
  CHECK(one["DownstreamContentSize"] == 8);  // with the fixture's own
  CHECK(one["RequestProtocol"] == "TCP");
  CHECK(one["ServiceName"] == "shop_pg");
  CHECK(one["TaskID"] == "taskA");
  CHECK(one["TaskSlot"] == 2);
  CHECK(one["NodeID"] == "nodeB");
  CHECK(one["NodeName"] == "beta");
  CHECK(one["Duration"].get<std::int64_t>() > 0);
  CHECK(one["StartUTC"].get<std::string>().size() > 20);
  CHECK_FALSE(one.contains("SNI"));
  CHECK_FALSE(one.contains("RequestMethod"));
}

TEST_CASE("why a connection ended", "[integration][tcp][access]") {
  listening a;
  kept_lines lines;
  proxy::options o = logging();
  tcp_fixture edge(std::move(o), {}, &lines);
  std::string why;
  SECTION("its server was the first to end") {
    edge.to({tcp_task(a.port())});
    passage p(edge, a);
    talk(p);
    p.server.close();
    CHECK(p.client.wait_end() == peer_end::fin);
    p.client.close();
    why = "server-closed";
  }
  SECTION("a reset of the client") {
    edge.to({tcp_task(a.port())});
    passage p(edge, a);
    talk(p);
    p.client.reset();
    CHECK(p.server.wait_end() == peer_end::reset);
    why = "client-reset";
  }
  SECTION("a reset of the server") {
    edge.to({tcp_task(a.port())});
    passage p(edge, a);
    talk(p);
    p.server.reset();
    CHECK(p.client.wait_end() == peer_end::reset);
    why = "server-reset";
  }
  SECTION("idle for too long") {
    edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.idle = 100ms; });
    passage p(edge, a);
    talk(p);
    CHECK(p.client.wait_end() == peer_end::reset);
    why = "idle";
  }
  SECTION("half closed for too long") {
    edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.half_closed = 100ms; });
    passage p(edge, a);
    talk(p);
    p.client.half_close();
    CHECK(p.client.wait_end() == peer_end::reset);
    why = "half-closed";
  }
  SECTION("its task is gone") {
    edge.to({tcp_task(a.port(), 1, "old")});
    passage p(edge, a);
    talk(p);
    edge.to({tcp_task(a.port(), 1, "new")});
    CHECK(p.client.wait_end() == peer_end::reset);
    why = "server-gone";
  }
  SECTION("its task leaves, and the service has a time for that") {
    const auto leaves = [&](bool leaving) {
      model::server s = tcp_task(a.port());
      s.leaving = leaving;
      edge.to({s}, [](model::tcp_service& t) { t.drain = 50ms; });
    };
    leaves(false);
    passage p(edge, a);
    talk(p);
    leaves(true);
    CHECK(p.client.wait_end() == peer_end::fin);
    p.client.close();
    p.server.close();
    why = "drained";
  }
  SECTION("there is no server") {
    dead_port dead;
    edge.to({tcp_task(dead.port())});
    raw_socket c = edge.connect();
    CHECK(c.wait_end() == peer_end::reset);
    why = "no-server";
  }
  SECTION("who may not come in") {
    edge.to({tcp_task(a.port())}, {}, [](model::tcp_router& r) { r.white_list = {"10.0.0.0/8"}; });
    raw_socket c = edge.connect();
    CHECK(c.wait_end() == peer_end::reset);
    why = "white-list";
  }
  SECTION("nobody takes it") {
    edge.publish({});
    raw_socket c = edge.connect();
    CHECK(c.wait_end() == peer_end::reset);
    why = "no-route";
  }
  CHECK(edge.is_quiet());
  const std::vector<json> got = lines.objects(1);
  CHECK(got.size() == 1);
  CHECK(got.at(0)["EndReason"] == why);
}

TEST_CASE("a client that said nothing is somebody's check: no line", "[integration][tcp][access]") {
  listening a;
  kept_lines lines;
  {
    tcp_fixture edge(logging(), {}, &lines);
    edge.to({tcp_task(a.port())});
    {
      passage check(edge, a);
      check.client.reset();
    }
    CHECK(edge.is_quiet());
    passage p(edge, a);
    talk(p);
  }
  const std::vector<json> got = lines.objects(1);
  REQUIRE(got.size() == 1);
  CHECK(got[0]["RequestContentSize"] == 5);
}

TEST_CASE("the name that a client asks for is told, also where nobody takes it", "[integration][tcp][access][sni]") {
  listening a;
  kept_lines lines;
  tcp_fixture edge(logging(), {}, &lines);
  edge.to({tcp_task(a.port())}, {}, [](model::tcp_router& r) {
    r.match.sni = {"db.example"};
    r.tls = model::tcp_tls::passthrough;
  });
  const std::string hello = make_client_hello({.sni = "db.example"}), other = make_client_hello({.sni = "other.example"});
  {
    raw_socket c = edge.connect();
    c.send(hello);
    raw_socket s = a.accept();
    CHECK(s.read_exactly(hello.size()) == hello);
    c.close();
    CHECK(s.wait_end() == peer_end::fin);
    s.close();
    raw_socket d = edge.connect();
    d.send(other);
    d.read_all();
  }
  CHECK(edge.is_quiet());
  const std::vector<json> got = lines.objects(2);
  CHECK(got[0]["SNI"] == "db.example");
  CHECK(got[0]["RequestContentSize"] == hello.size());
  CHECK(got[1]["SNI"] == "other.example");
  CHECK(got[1]["EndReason"] == "no-route");
  CHECK(got[1]["FrontendName"] == "backend not found");
}

TEST_CASE("the common format has a TCP connection's facts in its places", "[integration][tcp][access]") {
  listening a;
  kept_lines lines;
  {
    tcp_fixture edge(logging(proxy::access_format::common), {}, &lines);
    edge.to({tcp_task(a.port())});
    passage p(edge, a);
    talk(p);
    p.client.close();
    CHECK(p.server.wait_end() == peer_end::fin);
    p.server.close();
    CHECK(edge.is_quiet());
  }
  CHECK_THAT(lines.all(), Matches(R"(127\.0\.0\.1 - - \[.{26}\] "- pg TCP" client-closed 8 "-" "-" 1 "pg" "tcp://127\.0\.0\.1:[0-9]+" [0-9]+ms\n)"));
}

TEST_CASE("fields can be dropped, and only long connections be told of", "[integration][tcp][access]") {
  listening a;
  kept_lines lines;
  proxy::options o = logging();
  o.access_log->by_name = {{"ClientHost", proxy::field_mode::drop}, {"EndReason", proxy::field_mode::redact}};
  o.access_log->longer_than = 200ms;
  {
    tcp_fixture edge(std::move(o), {}, &lines);
    edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.idle = 300ms; });
    {
      passage p(edge, a);
      talk(p);
      p.client.reset();
      CHECK(p.server.wait_end() == peer_end::reset);
    }
    passage p(edge, a);
    talk(p);
    CHECK(p.client.wait_end() == peer_end::reset);
    CHECK(edge.is_quiet());
  }
  const std::vector<json> got = lines.objects(1);
  REQUIRE(got.size() == 1);
  CHECK_FALSE(got[0].contains("ClientHost"));
  CHECK(got[0]["EndReason"] == "REDACTED");
}
