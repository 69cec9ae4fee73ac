// The access log of a running proxy, and the figures that go with it.
#include "kept_lines.hpp"
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace waggle;
using namespace waggle::test;
using json = nlohmann::json;

namespace {

proxy::options logging(proxy::access_format format = proxy::access_format::json) {
  proxy::options o = default_options();
  o.access_log.emplace().format = format;
  o.duration_bounds = {0.1, 0.3, 1.2, 5};
  return o;
}

}  // namespace

TEST_CASE("each answered request has its line with what it met", "[integration][proxy][access]") {
  kept_lines lines;
  fake_server a(always("HTTP/1.1 201 Made\r\nContent-Length: 5\r\nSet-Cookie: id=secret\r\nX-Up: u\r\n\r\n12345"));
  dead_port dead;
  {
    proxy_fixture edge(logging(), {}, &lines);
    model::server s = server_on(a.port());
    s.origin = {"svc1", "web", "taskA", 2, "nodeB", "beta"};
    edge.publish({{"Host:h", {s}, true, true}, {"Host:dead", {server_on(dead.port())}, false, true}});
    CHECK(edge.get("/p?q=1", "Authorization: Basic c2VjcmV0\r\nX-Thing: yes\r\nX-Thing: no\r\n").status == 201);
    CHECK(edge.get("/p", "Cookie: SRV=" + a.url() + "\r\n").status == 201);
    raw_socket c = edge.connect();
    c.send("POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    CHECK(read_answer(c).status == 201);
    c.send("GET /x HTTP/1.1\r\nHost: dead\r\n\r\n");
    CHECK(read_answer(c).status == 502);
    c.send("HEAD /y HTTP/1.1\r\nHost: nobody\r\n\r\n");
    CHECK(c.read_until("\r\n\r\n").find("404") != std::string::npos);
  }
  const std::vector<json> got = lines.objects(5);
  REQUIRE(got.size() == 5);
  CHECK(lines.all().find("c2VjcmV0") == std::string::npos);
  CHECK(lines.all().find("id=secret") == std::string::npos);
  const json& first = got[0];
  CHECK(first["RequestPath"] == "/p?q=1");
  CHECK(first["TaskID"] == "taskA");
  CHECK(first["TaskSlot"] == 2);
  CHECK(first["NodeID"] == "nodeB");
  CHECK(first["NodeName"] == "beta");
  CHECK(first["ServiceName"] == "web");
  CHECK(first["StickySession"] == "new");
  CHECK(first["OriginStatusLine"] == "201 Made");
  CHECK(first["OriginContentSize"] == 5);
  CHECK(first["request_X-Thing"] == "yes");
  CHECK(first["request_Authorization"] == "REDACTED");
  CHECK(first["origin_X-Up"] == "u");
  CHECK(first["downstream_Set-Cookie"] == "REDACTED");
  CHECK(first["Duration"].get<std::int64_t>() > 0);
  CHECK(got[1]["StickySession"] == "kept");
  CHECK(got[2]["RequestContentSize"] == 3);
  CHECK(got[3]["DownstreamStatus"] == 502);
  CHECK_FALSE(got[3].contains("OriginStatus"));
  CHECK(got[4]["FrontendName"] == "backend not found");
  CHECK(got[4]["DownstreamContentSize"] == 0);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i]["RequestCount"] == i + 1);
}

TEST_CASE("filters: one that holds is enough", "[integration][proxy][access]") {
  kept_lines lines;
  fake_server a(always(ok("x")));
  {
    proxy::options o = logging(proxy::access_format::common);
    o.access_log->statuses = {{404, 404}};
    o.access_log->retried = true;
    proxy_fixture edge(o, {}, &lines);
    edge.publish({{"Host:h", {server_on(a.port())}, false, true}});
    CHECK(edge.get().status == 200);
    raw_socket c = edge.connect();
    c.send("GET /lost HTTP/1.1\r\nHost: other\r\n\r\n");
    CHECK(read_answer(c).status == 404);
  }
  CHECK(lines.total == 1);
  CHECK(lines.all().find("\"GET /lost HTTP/1.1\" 404 19 \"-\" \"-\" 2 \"backend not found\" \"/lost\"") != std::string::npos);
}

TEST_CASE("a client that leaves is 499, and its record is used again", "[integration][proxy][access]") {
  kept_lines lines;
  std::atomic<bool> there{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    there = true;
    c.peer.read_until("never");
    return false;
  });
  {
    proxy_fixture edge(logging(), {}, &lines);
    edge.to({server_on(a.port())});
    raw_socket c = edge.connect();
    c.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(eventually([&] { return there.load(); }));
    c.reset();
    CHECK(lines.objects(1)[0]["DownstreamStatus"] == 499);
  }
}

TEST_CASE("figures: answers by status, method and protocol, histograms that add up", "[integration][proxy][stats]") {
  auto o = logging();
  o.workers = 2;
  fake_server a(always(ok("12345")));
  proxy_fixture edge(o);
  model::server s = server_on(a.port());
  s.origin = {"svc1", "web", "taskA", 2, "nodeB", "beta"};
  edge.publish({{"Host:h", {s}, false, true}});
  for (int i = 0; i < 6; ++i) CHECK(edge.get().status == 200);
  CHECK(edge.get("/", "Accept: text/event-stream\r\n").status == 200);
  raw_socket c = edge.connect();
  c.send("BREW /pot HTTP/1.1\r\nHost: nobody\r\n\r\n");
  CHECK(read_answer(c).status == 404);
  REQUIRE(eventually([&] { return edge.stats().active == 0; }));
  const proxy::figures f = edge.server->read_figures();
  REQUIRE(f.backends.size() == 1);
  const proxy::traffic_figures& b = f.backends[0];
  CHECK(b.name == "backend-0");
  REQUIRE(b.answers.size() == 2);
  CHECK(b.answers[0].protocol == "http");
  CHECK(b.answers[0].count == 6);
  CHECK(b.answers[0].within.size() == 4);
  CHECK(std::is_sorted(b.answers[0].within.begin(), b.answers[0].within.end()));
  CHECK(b.answers[0].within.back() == 6);  // within 5 s, however busy the machine is
  CHECK(b.answers[1].protocol == "sse");
  CHECK(b.answers[1].count == 1);
  REQUIRE(b.open.size() == 2);
  CHECK(b.open[0].count == 0);
  REQUIRE(f.entry_points.size() == 1);
  std::uint64_t all = 0;
  bool extension = false;
  for (const auto& answers : f.entry_points[0].answers) {
    all += answers.count;
    extension = extension || (answers.method == "EXTENSION_METHOD" && answers.status == 404);
  }
  CHECK(all == 8);
  CHECK(extension);
  REQUIRE(f.servers.size() == 1);
  CHECK(f.servers[0].requests == 7);
  CHECK(f.servers[0].origin->node_id == "nodeB");
  CHECK(f.servers[0].bytes_out == 35);

  // A backend that leaves takes its series along; one of the same name begins anew.
  edge.publish({});
  CHECK(edge.server->read_figures().backends.empty());
  edge.publish({{"Host:h", {s}, false, true}});
  CHECK(edge.server->read_figures().backends.at(0).answers.empty());
}
