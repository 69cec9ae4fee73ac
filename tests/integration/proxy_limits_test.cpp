// Deadlines and limits: slowloris, slow bodies, stalled servers, idle connections, the connection limit.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

TEST_CASE("a head that dribbles is refused after its deadline, others are served", "[integration][proxy][limits]") {
  fake_server a;
  auto o = default_options();
  o.timeouts.request_head = 300ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  std::vector<raw_socket> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(edge.connect());
    slow.back().send("GET / HTTP/1.1\r\nHost: h\r\n");
  }
  const auto begin = test_clock::now();
  std::thread dribble([&] {
    // A byte now and then does not move the deadline.
    for (bool open = true; open && test_clock::now() - begin < patience();) {
      open = slow[0].send("a");
      if (slow[0].receive(20ms) || slow[0].end() != peer_end::none) open = false;
    }
  });
  CHECK(edge.get().status == 200);
  dribble.join();
  CHECK(read_answer(slow[0]).status == 408);
  CHECK(test_clock::now() - begin < patience(5s));
  for (std::size_t i = 1; i < slow.size(); ++i) {
    const answer r = read_answer(slow[i]);
    CHECK(r.status == 408);
    CHECK(r.field("Connection") == "close");
  }
}

TEST_CASE("a connection without a request, and an idle one, end silently", "[integration][proxy][limits]") {
  fake_server a;
  auto o = default_options();
  o.timeouts.request_head = 200ms;
  o.timeouts.keep_alive = 200ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket fresh = edge.connect(), used = edge.connect();
  used.send(get_root);
  REQUIRE(read_answer(used).status == 200);
  CHECK(fresh.wait_end() == peer_end::fin);
  CHECK(used.wait_end() == peer_end::fin);
  CHECK(used.received() == "");
}

TEST_CASE("an empty line behind a body begins no request", "[integration][proxy][limits]") {
  const std::string behind = GENERATE(as<std::string>{}, "\r\n", "\r\n\r\n");
  fake_server a;
  auto o = default_options();
  o.timeouts.request_head = 200ms;
  o.timeouts.keep_alive = 1'000ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nok" + behind;
  raw_socket client = edge.connect(), late = edge.connect(), busy = edge.connect();
  client.send(post);
  REQUIRE(read_answer(client).status == 200);
  client.send(get_root);  // whatever time has passed
  CHECK(read_answer(client).status == 200);
  late.send(post);
  REQUIRE(read_answer(late).status == 200);
  CHECK(late.wait_end() == peer_end::fin);  // as any idle connection, without a 408 that its next request would take for its answer
  CHECK(late.received() == "");
  // It cannot be kept open with empty lines for ever.
  for (const auto begin = test_clock::now(); busy.end() == peer_end::none && since(begin) < patience();) {
    busy.send("\r\n");
    busy.receive(20ms);
  }
  CHECK(busy.end() != peer_end::none);
}

TEST_CASE("a body that stops coming: 408, and the server sees no complete request", "[integration][proxy][limits]") {
  const std::string framing =
      GENERATE("Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "Content-Length: 1000000\r\n\r\n12345");
  std::atomic<bool> complete{false}, ended{false};
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        c.read_body(r);
        complete = r.complete;
        ended = true;
        return false;
      },
      false);
  auto o = default_options();
  o.timeouts.request_body = 200ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\n" + framing);
  const answer r = read_answer(client);
  CHECK(r.status == 408);
  CHECK(r.field("Connection") == "close");
  CHECK(eventually([&] { return ended.load(); }));
  CHECK_FALSE(complete);
}

TEST_CASE("an answer that stops coming is cut", "[integration][proxy][limits]") {
  const std::string text =
      GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
               "HTTP/1.1 200 OK\r\n\r\n12345", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n12345");
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(text);
    c.peer.receive(patience(30s));
    return false;
  });
  auto o = default_options();
  o.timeouts.response_body = 200ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  CHECK_FALSE(read_answer(client).complete);
  while (client.receive()) {
  }
  CHECK(client.end() == peer_end::fin);  // its framing shows the cut
  CHECK(eventually([&] { return a.open_connections() == 0; }));
}

TEST_CASE("the head of an answer that drips has its limits as a whole, and holds nothing", "[integration][proxy][limits]") {
  const bool by_time = GENERATE(true, false);
  const std::string opening = GENERATE(std::string("H"), std::string("HTTP/1.1 200 OK\r\nX-A: "), std::string("HTTP/1.1 200 OK\r\n"));
  const std::string piece = opening.ends_with("\n") ? "a: b\r\n" : opening == "H" ? "TTP/1.1 200 " + std::string(3'000, 'o') : std::string("a");
  CAPTURE(by_time, opening);
  std::atomic<std::size_t> sent{0};
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/drip") == std::string::npos) return c.peer.send(ok("x"));
    bool open = c.peer.send(opening);
    for (std::size_t i = 0; open && i < 20'000; ++i) {
      open = c.peer.send({&piece[i % piece.size()], 1});
      ++sent;
      // A byte now and then is no head; without a limit of time the bytes are what ends it.
      if (by_time) open = open && !c.peer.receive(5ms) && c.peer.end() == peer_end::none;
    }
    if (open) c.peer.receive(patience(30s));
    return false;
  });
  auto o = default_options();
  if (by_time) o.timeouts.response_head = 300ms;
  else o.limits.response_head_bytes = 2'000;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(), other = edge.connect();
  client.send("GET /drip HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(eventually([&] { return sent > 5; }));
  other.send(get_root);
  CHECK(read_answer(other).status == 200);
  const answer r = read_answer(client);
  CHECK(r.status == (by_time ? 504u : 502u));
  CHECK(eventually([&] { return edge.stats().active == 0; }));
  CHECK(eventually([&] { return a.open_connections() <= 1; }));  // the other's is in the pool
  other.send(get_root);
  CHECK(read_answer(other).status == 200);
}

TEST_CASE("a server that does not read an upload is given up: 504", "[integration][proxy][limits]") {
  const bool spliced = GENERATE(false, true);
  std::atomic<bool> over{false};
  fake_server a(
      [&](fake_server::connection&, recorded&) {
        eventually([&] { return over.load(); }, patience(30s));
        return false;
      },
      false);
  auto o = default_options();
  o.timeouts.response_head = 300ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  std::thread sender([&] {
    client.send(std::string("POST / HTTP/1.1\r\nHost: h\r\n") +
                (spliced ? "Content-Length: 100000000\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n"));
    const std::string piece = spliced ? std::string(50'000, 'x') : "4000\r\n" + std::string(16'384, 'x') + "\r\n";
    for (int i = 0; i < 6'000 && client.send(piece, patience(30s)); ++i) {
    }
  });
  const answer r = read_answer(client);
  CHECK(r.status == 504);
  CHECK(r.field("Connection") == "close");
  client.wake();
  sender.join();
  over = true;
  CHECK(eventually([&] { return edge.stats().active == 0; }));
}

TEST_CASE("a client that does not read is given up", "[integration][proxy][limits]") {
  const bool chunked = GENERATE(false, true);
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
    const std::string piece = chunked ? "4000\r\n" + std::string(16'384, 'x') + "\r\n" : std::string(16'384, 'x');
    while (c.peer.send(piece, patience(30s))) {
    }
    return false;
  });
  auto o = default_options();
  o.timeouts.client_write = 300ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(16 * 1024);
  client.send(get_root);
  CHECK(eventually([&] { return a.connections() == 1 && a.open_connections() == 0; }));
  CHECK(eventually([&] { return edge.stats().connections_open == 0; }));
}

TEST_CASE("a tunnel without a byte either way ends", "[integration][proxy][limits]") {
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    c.peer.receive(patience(30s));
    return false;
  });
  auto o = default_options();
  o.timeouts.tunnel = 200ms;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n");
  REQUIRE(read_answer(client).status == 101);
  CHECK(client.wait_end() != peer_end::none);
  CHECK(eventually([&] { return a.open_connections() == 0; }));
}

TEST_CASE("at the connection limit the connection that is idle for longest gives way", "[integration][proxy][limits]") {
  fake_server a;
  auto o = default_options();
  o.limits.max_connections = 2;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket one = edge.connect(), two = edge.connect();
  for (raw_socket* s : {&one, &two}) {
    s->send(get_root);
    REQUIRE(read_answer(*s).status == 200);
  }
  raw_socket three = edge.connect();
  three.send(get_root);
  CHECK(read_answer(three).status == 200);
  CHECK(one.wait_end() == peer_end::fin);
  two.send(get_root);
  CHECK(read_answer(two).status == 200);
}

TEST_CASE("at the connection limit with all of them busy: 503, until somebody leaves", "[integration][proxy][limits]") {
  std::atomic<bool> open{false};
  std::atomic<int> there{0};
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/slow") != std::string::npos) {
      ++there;
      eventually([&] { return open.load(); });
    }
    return c.peer.send(ok("x"));
  });
  auto o = default_options();
  o.limits.max_connections = 2;
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket one = edge.connect(), two = edge.connect();
  for (raw_socket* s : {&one, &two}) s->send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(eventually([&] { return there == 2; }));
  raw_socket three = edge.connect();
  const answer refused = read_answer(three);
  CHECK(refused.status == 503);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(refused.field("Connection") == "close");
  CHECK(edge.stats().connections_open == 2);
  open = true;
  for (raw_socket* s : {&one, &two}) CHECK(read_answer(*s).status == 200);
  CHECK(edge.get().status == 200);
}

TEST_CASE("heads of servers are bounded", "[integration][proxy][limits]") {
  std::string text = "HTTP/1.1 200 OK\r\n";
  SECTION("one endless field") { text += "A: " + std::string(400'000, 'a') + "\r\n\r\n"; }
  SECTION("an endless status line") { text = "HTTP/1.1 200 " + std::string(400'000, 'a') + "\r\n\r\n"; }
  SECTION("many fields") {
    for (int i = 0; i < 1'100; ++i) text += "a: b\r\n";
    text += "\r\n";
  }
  fake_server a([&](fake_server::connection& c, recorded&) { return c.peer.send(text); });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  CHECK(edge.get().status == 502);
  CHECK(a.request_count() == 1);
}

TEST_CASE("heads of up to 30 kB pass both ways", "[integration][proxy][limits]") {
  const std::string big(30'000, 'v');
  fake_server a(always(ok("x", "X-Big: " + big + "\r\n")));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const answer r = edge.get("/", "X-Big: " + big + "\r\n");
  CHECK(r.status == 200);
  CHECK((r.field("X-Big") == big));
  CHECK((a.requests().at(0).field("X-Big") == big));
}

TEST_CASE("the limits of a request's head are set by flag, and refusals name it", "[integration][proxy][limits]") {
  fake_server a;
  const auto many = [](std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += "a: b\r\n";
    return out;
  };
  const auto ask = [](const proxy_fixture& edge, const std::string& target, const std::string& fields) {
    raw_socket c = edge.connect();
    c.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    return read_answer(c);
  };
  proxy_fixture usual;
  usual.to({server_on(a.port())});
  CHECK(ask(usual, "/", many(127)).status == 200);
  const answer fields = ask(usual, "/", many(128));
  CHECK(fields.status == 431);
  CHECK(fields.body == "431 Request Header Fields Too Large: more than --maxRequestHeaderFields");
  const answer line = ask(usual, "/" + std::string(17'000, 'x'), "");
  CHECK(line.status == 414);
  CHECK(line.body == "414 URI Too Long: longer than --maxRequestLineBytes");
  const answer head = ask(usual, "/", "A: " + std::string(70'000, 'x') + "\r\n");
  CHECK(head.status == 431);
  CHECK(head.body == "431 Request Header Fields Too Large: larger than --maxRequestHeaderBytes");

  auto o = default_options();
  o.limits.request_fields = 500;
  o.limits.request_line_bytes = 60'000;
  o.limits.request_head_bytes = 200'000;
  proxy_fixture wide(o);
  wide.to({server_on(a.port())});
  CHECK(ask(wide, "/", many(499)).status == 200);
  CHECK(ask(wide, "/", many(500)).status == 431);
  const std::string target = "/" + std::string(50'000, 'x') + "/%2e%2e/%61?" + std::string(5'000, 'q');
  CHECK(ask(wide, target, "").status == 200);
  CHECK((a.requests().back().line() == "GET /a?" + std::string(5'000, 'q') + " HTTP/1.1"));
  CHECK(ask(wide, "/" + std::string(61'000, 'x'), "").status == 414);
  CHECK(ask(wide, "/", "A: " + std::string(150'000, 'x') + "\r\n").status == 200);
  CHECK(ask(wide, "/", "A: " + std::string(210'000, 'x') + "\r\n").status == 431);
}
