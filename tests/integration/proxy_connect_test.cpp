// Connecting to servers that do not answer: another server, or another socket to the same one.
#include "hanging_server.hpp"
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";

}  // namespace

TEST_CASE("a server that hangs in connect costs a tenth of a second, not the request", "[integration][proxy][connect]") {
  hanging_server dead;
  fake_server alive;
  proxy_fixture edge;
  edge.to({server_on(dead.port(), "dead"), server_on(alive.port(), "alive")});
  for (int i = 0; i < 20; ++i) {
    const auto begun = test_clock::now();
    raw_socket c = edge.connect();
    c.send(i % 2 ? get_root : post);
    CHECK(read_answer(c).status == 200);
    CHECK(test_clock::now() - begun < patience(900ms));
  }
  CHECK(alive.request_count() == 20);  // no POST twice
  CHECK(edge.figures_of(dead.port()).connect_failures >= 3);
}

TEST_CASE("a SYN that was lost is not waited for: a second socket to the only server that will do", "[integration][proxy][connect]") {
  const bool by_cookie = GENERATE(false, true);
  const std::string request = GENERATE(get_root, post);
  CAPTURE(by_cookie, request);
  hanging_server late;
  fake_server other;
  proxy_fixture edge;
  std::vector<waggle::model::server> servers{server_on(late.port(), "late")};
  if (by_cookie) servers.push_back(server_on(other.port(), "other"));
  edge.to(servers, by_cookie);
  raw_socket client = edge.connect();
  std::string with_cookie = request;
  if (by_cookie) with_cookie.insert(request.find("Host"), "Cookie: SRV=http://127.0.0.1:" + std::to_string(late.port()) + "\r\n");
  client.send(with_cookie);
  REQUIRE(eventually([&] { return edge.figures_of(late.port()).connects >= 1; }));
  late.let_go();
  REQUIRE(late.wait(patience()));
  raw_socket server = late.accept();
  CHECK(server.read_until("\r\n\r\n").substr(0, request.find(' ')) == request.substr(0, request.find(' ')));
  server.send(ok("late"));
  const answer a = read_answer(client);
  CHECK(a.body == "late");
  CHECK(a.field("Set-Cookie").empty());
  const auto stats = edge.stats();
  CHECK(stats.hedges >= 1);
  CHECK(stats.hedges_won == 1);
  CHECK(edge.figures_of(late.port()).connect_failures == 0);  // it was slow to come, not down
  CHECK(edge.figures_of(late.port()).requests == 1);
  CHECK(other.request_count() == 0);
}

TEST_CASE("the only server stays silent: one failure, however many sockets asked it", "[integration][proxy][connect]") {
  hanging_server dead;
  auto o = default_options();
  o.timeouts.connect = 1s;
  proxy_fixture edge(o);
  edge.to({server_on(dead.port())});
  CHECK(edge.get().status == 504);
  const auto stats = edge.stats();
  CHECK(edge.figures_of(dead.port()).connects == 4);
  CHECK(edge.figures_of(dead.port()).connect_failures == 1);
  CHECK(stats.hedges == 3);
  CHECK(stats.hedges_won == 0);
  CHECK(stats.ejections == 0);
}

TEST_CASE("a server that is too busy to accept is waited for, and so are all that are", "[integration][proxy][connect]") {
  const int busy = GENERATE(1, 2);
  hanging_server a, b;
  proxy_fixture edge;
  std::vector<waggle::model::server> servers{server_on(a.port(), "a")};
  if (busy == 2) servers.push_back(server_on(b.port(), "b"));
  edge.to(servers);
  raw_socket client = edge.connect();
  client.send(post);
  // Each of them counts as failed after a second, and is not given up.
  REQUIRE(
      eventually([&] { return edge.figures_of(a.port()).connect_failures == 1 && (busy == 1 || edge.figures_of(b.port()).connect_failures == 1); }));
  a.let_go();
  // The kernel asks again within three seconds.
  REQUIRE(a.wait(patience()));
  std::vector<raw_socket> accepted;
  bool served = false;
  while (!served && a.wait(patience(2s))) {
    accepted.push_back(a.accept());
    if (accepted.back().read_until("\r\n\r\nx", 200ms).empty()) continue;  // one that lost
    served = accepted.back().send(ok("late"));
  }
  CHECK(served);
  CHECK(read_answer(client).body == "late");
  CHECK(edge.figures_of(a.port()).requests == 1);
  CHECK(edge.stats().retries == 0);
}

TEST_CASE("who waits for a connection hears of a new server at once", "[integration][proxy][connect]") {
  hanging_server dead;
  fake_server fresh;
  const bool stays = GENERATE(false, true);
  proxy_fixture edge;
  edge.to({server_on(dead.port(), "dead")});
  raw_socket client = edge.connect();
  client.send(post);
  REQUIRE(eventually([&] { return edge.figures_of(dead.port()).connects == 4; }));
  std::vector<waggle::model::server> servers{server_on(fresh.port(), "fresh")};
  if (stays) servers.insert(servers.begin(), server_on(dead.port(), "dead"));
  edge.to(servers);
  CHECK(read_answer(client, false, patience(5s)).status == 200);
  CHECK(fresh.request_count() == 1);
}

TEST_CASE("a client that leaves ends its connects", "[integration][proxy][connect]") {
  hanging_server dead;
  proxy_fixture edge;
  edge.to({server_on(dead.port())});
  raw_socket client = edge.connect();
  client.send(post);
  REQUIRE(eventually([&] { return edge.figures_of(dead.port()).connects >= 2; }));
  client.reset();
  CHECK(eventually([&] { return edge.stats().active == 0 && edge.stats().connections_open == 0; }));
}

TEST_CASE("a session whose server hangs goes elsewhere after a second, with a new cookie", "[integration][proxy][connect][sticky]") {
  hanging_server dead;
  fake_server alive;
  proxy_fixture edge;
  edge.to({server_on(dead.port(), "dead"), server_on(alive.port(), "alive")}, true);
  raw_socket client = edge.connect();
  std::string with_cookie = post;
  with_cookie.insert(post.find("Host"), "Cookie: SRV=http://127.0.0.1:" + std::to_string(dead.port()) + "\r\n");
  client.send(with_cookie);
  const answer a = read_answer(client);
  CHECK(a.status == 200);
  CHECK(a.field("Set-Cookie").find(std::to_string(alive.port())) != std::string::npos);
  CHECK(alive.request_count() == 1);
  CHECK(edge.figures_of(dead.port()).connects >= 4);  // it was insisted on first
}

TEST_CASE("with hold, who waits for a dead address is served by the task that comes", "[integration][proxy][connect][hold]") {
  hanging_server dead;
  fake_server fresh;
  const auto published = [&](std::vector<waggle::model::server> servers) {
    site s{"PathPrefix:/", std::move(servers)};
    s.hold = 30s;
    s.replicas = 1;
    return std::vector<site>{s};
  };
  proxy_fixture edge;
  edge.publish(published({task_on(dead.port(), 1, "old")}));
  raw_socket client = edge.connect();
  client.send(post);
  REQUIRE(eventually([&] { return edge.figures_of(dead.port()).connects == 4; }));
  edge.publish(published({}));  // nobody for a moment
  edge.publish(published({task_on(fresh.port(), 1, "new")}));
  CHECK(read_answer(client).status == 200);
  CHECK(fresh.request_count() == 1);
}

TEST_CASE("a socket that connects when its server has just left is not used", "[integration][proxy][connect]") {
  hanging_server dead;
  dead_port refusing;
  fake_server fresh(always(ok("fresh")));
  gate worker;
  proxy_fixture edge(default_options(), [&](const std::string&, const std::string& reason) {
    if (reason == "Connection refused") worker.pass();
  });
  const site other{"Host:other", {server_on(refusing.port())}};
  edge.publish({site{"Host:h", {server_on(dead.port(), "dead")}}, other});
  raw_socket client = edge.connect(), rest = edge.connect();
  client.send(post);
  REQUIRE(eventually([&] { return edge.figures_of(dead.port()).connects >= 1; }));
  // While the worker is held at another request: a table without that server, and a socket to its address connects. Somebody else
  // may have the address by now.
  rest.send("GET / HTTP/1.1\r\nHost: other\r\n\r\n");
  REQUIRE(worker.has_guest());
  const auto next = configuration_of({site{"Host:h", {server_on(fresh.port(), "fresh")}}, other});
  edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(next)}});
  dead.let_go();
  REQUIRE(dead.wait(patience()));  // the kernel asks again within three seconds
  worker.open = true;
  CHECK(read_answer(client).body == "fresh");
  CHECK(fresh.request_count() == 1);
  while (dead.wait(0ms)) CHECK(dead.accept().read_all(patience(2s)).empty());
}
