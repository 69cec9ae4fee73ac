// Which server connections are used again, and whose bytes an answer is made of (RFC 9112 §9.2, http-contract 12).
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <condition_variable>

using namespace waggle::test;

TEST_CASE("bytes behind an answer are nobody's", "[integration][proxy][reuse]") {
  const std::string answer_bytes =
      GENERATE(ok("right") + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", "HTTP/1.1 204 No Content\r\n\r\nwrong",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nright\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
  fake_server a(always(answer_bytes));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 0; i < 5; ++i) {
    client.send(get_root);
    const answer r = read_answer(client);
    CHECK((r.status == 204 || r.body == "right"));
  }
  CHECK(a.connections() == 5);
}

TEST_CASE("bytes and ends on an idle connection take it out of the pool", "[integration][proxy][reuse]") {
  fake_server a(always(ok("right")));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 1; i <= 4; ++i) {
    client.send(get_root);
    REQUIRE(read_answer(client).body == "right");
    REQUIRE(eventually([&] { return edge.idle_open() == 1 || i > 1; }));
    a.on(i, [&](raw_socket& s) {
      if (i % 2 == 0) s.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
      else s.half_close();
    });
    REQUIRE(eventually([&] { return edge.idle_open() == 0; }));
  }
}

TEST_CASE("idle connections to servers end before servers end them, and their number is bounded", "[integration][proxy][reuse]") {
  auto o = default_options();
  o.timeouts.upstream_idle = 100ms;
  o.limits.pool_per_server = 3;
  std::atomic<int> waiting{0};
  fake_server a([&](fake_server::connection& c, recorded&) {
    ++waiting;
    eventually([&] { return waiting >= 6; });
    return c.peer.send(ok("x"));
  });
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(edge.connect());
    clients.back().send(get_root);
  }
  for (raw_socket& c : clients) CHECK(read_answer(c).status == 200);
  CHECK(edge.idle_open() <= 3);
  CHECK(eventually([&] { return edge.idle_open() == 0; }));
  CHECK(eventually([&] { return a.open_connections() == 0; }));
}

namespace {

/// Holds the proxy's only worker inside the failure handler, so that events pile up and come in one batch.
struct held_worker {
  held_worker() {
    full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(full, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(full, 0) != 0) std::abort();
    ::getsockname(full, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    filling = raw_socket::connect(port);
  }
  ~held_worker() { ::close(full); }
  void on_failure() {
    std::unique_lock lock(m);
    if (released) return;
    held = true;
    cv.notify_all();
    cv.wait(lock, [&] { return released; });
  }
  void wait_held() {
    std::unique_lock lock(m);
    cv.wait_for(lock, patience(), [&] { return held; });
  }
  void release() {
    const std::lock_guard lock(m);
    released = true;
    cv.notify_all();
  }
  int full = -1;
  std::uint16_t port = 0;
  raw_socket filling;
  std::mutex m;
  std::condition_variable cv;
  bool held = false, released = false;
};

}  // namespace

TEST_CASE("what waits in an idle connection's socket is found before it is used again", "[integration][proxy][reuse]") {
  const bool stray = GENERATE(true, false);
  CAPTURE(stray);
  fake_server a(always(ok("right")));
  held_worker hold;
  auto o = default_options();
  o.timeouts.connect = 50ms;
  proxy_fixture edge(o, [&](const std::string&, const std::string&) { hold.on_failure(); });
  edge.publish({{"PathPrefix:/", {server_on(a.port())}, false, true}, {"PathPrefix:/hold", {server_on(hold.port)}, false, true}});
  raw_socket client = edge.connect(), holder = edge.connect();
  client.send(get_root);
  REQUIRE(read_answer(client).body == "right");
  holder.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
  hold.wait_held();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  a.on(1, [&](raw_socket& s) {
    if (stray) s.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    else s.wake();  // closes both ways
  });
  hold.release();
  const answer r = read_answer(client);
  CHECK(r.status == 200);
  CHECK(r.body == "right");
}

TEST_CASE("a request that can be sent once only takes no connection that its server may be closing", "[integration][proxy][reuse]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const auto begun = test_clock::now();
  CHECK(edge.get("/1").status == 200);
  REQUIRE(eventually([&] { return edge.idle_open() == 1; }));
  a.on(1, [](raw_socket& s) { s.half_close(); });  // it sweeps connections that are idle
  REQUIRE(eventually([&] { return edge.idle_open() == 0; }));
  const auto seen = since(begun) + 10ms;  // it allowed less than this
  CHECK(edge.get("/2").status == 200);
  REQUIRE(eventually([&] { return edge.idle_open() == 1; }));
  const auto idle_since = test_clock::now();
  REQUIRE(eventually([&] { return since(idle_since) > seen; }));
  raw_socket client = edge.connect();
  client.send("POST /3 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  CHECK(read_answer(client).status == 200);
  CHECK(edge.get("/4").status == 200);
  const auto got = a.requests();
  REQUIRE(got.size() == 4);
  CHECK(got[2].connection == 3);  // POST: a new one
  CHECK(got[3].connection <= 3);  // GET can be repeated: any
}

TEST_CASE("a request that can be sent once only takes a connection that was used a moment ago", "[integration][proxy][reuse]") {
  fake_server a(always(ok("x", "Keep-Alive: timeout=86400\r\n")));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  CHECK(edge.get("/1").status == 200);
  REQUIRE(eventually([&] { return edge.idle_open() == 1; }));
  raw_socket client = edge.connect();
  client.send("POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  CHECK(read_answer(client).status == 200);
  CHECK(a.connections() == 1);
}

TEST_CASE("a server that answers before it has taken an upload in is not asked again over that connection", "[integration][proxy][reuse]") {
  gate written, over;
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        if (r.line().starts_with("POST /small")) {
          c.read_body(r);
          return c.peer.send(ok("small"));
        }
        written.pass();
        c.peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");  // keeps its connection, and reads nothing
        over.pass();
        return false;
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(), other = edge.connect();
  const std::string body(600'000, 'x');
  const std::string head = "POST /large HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  std::thread upload([&] { client.send(head + body); });
  eventually([&] { return edge.stats().bytes_in >= head.size() + body.size(); }, 2s);  // all of it is in the kernel, where there is room
  written.open = true;
  CHECK(read_answer(client).status == 401);
  other.send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  const answer r = read_answer(other);
  CHECK(r.status == 200);
  CHECK(r.body == "small");
  CHECK(a.connections() == 2);
  over.open = true;
  upload.join();
}
