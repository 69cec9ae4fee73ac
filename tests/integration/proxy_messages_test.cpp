// RFC 9112 §6, §9.3: messages on one connection: keep-alive, pipelining, HEAD, 204, 304, chunked, HTTP/1.0.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

TEST_CASE("one client connection and one server connection carry many requests", "[integration][proxy][messages]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 0; i < 50; ++i) {
    client.send(get_root);
    const answer r = read_answer(client);
    REQUIRE(r.status == 200);
    CHECK(r.field("Connection") == "");
    CHECK_FALSE(r.field("Date").empty());
  }
  CHECK(a.connections() == 1);
  CHECK(a.request_count() == 50);
}

TEST_CASE("pipelined requests are answered one by one, in order", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.line())); });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    if (i % 3 == 0) all += "POST /" + n + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    else if (i % 3 == 1) all += "GET /" + n + " HTTP/1.1\r\nHost: h\r\n\r\n";
    else all += "PUT /" + n + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  }
  REQUIRE(client.send(all));
  for (int i = 0; i < 100; ++i) {
    const answer r = read_answer(client);
    REQUIRE(r.status == 200);
    REQUIRE(r.body.find("/" + std::to_string(i) + " ") != std::string::npos);
  }
  const auto requests = a.requests();
  CHECK(requests.at(0).body == "body");
  CHECK(requests.at(2).body == "abc");
}

TEST_CASE("a request in single bytes is one request", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.body)); });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  const std::string text = "\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (const char c : text) client.send(std::string(1, c));
    CHECK(read_answer(client).body == "hello");
  }
  CHECK(a.requests().at(0).field("T") == "");
  CHECK(a.requests().at(0).raw_body.find('T') == std::string::npos);  // trailers are dropped
}

TEST_CASE("answers without a body have none, whatever their fields say", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded& r) {
    if (r.line().starts_with("HEAD")) return c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    if (r.line().find("/204") != std::string::npos) return c.peer.send("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n");
    if (r.line().find("/304") != std::string::npos) return c.peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n");
    return c.peer.send(ok("end"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  const auto ask = [&](const std::string& method, const std::string& path) {
    client.send(method + " " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return read_answer(client, method == "HEAD");
  };
  CHECK(ask("HEAD", "/").field("Content-Length") == "1000");
  const answer none = ask("GET", "/204");
  CHECK(none.status == 204);
  CHECK(none.field("Content-Length") == "");
  const answer same = ask("GET", "/304");
  CHECK(same.status == 304);
  CHECK(same.field("Content-Length") == "99");
  CHECK(same.field("ETag") == "x");
  CHECK(ask("GET", "/").body == "end");
  CHECK(a.connections() == 2);  // the body that the 204 speaks of, and must not have, may yet come over the first one
}

TEST_CASE("chunked bodies are framed anew in both directions", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded& r) {
    return c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;ext=1\r\n<\r\n" + std::string("000") + "5\r\n" + r.body +
                       "\r\n1\r\n>\r\n0\r\nX: y\r\n\r\n");
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  const answer r = read_answer(client);
  CHECK(r.field("Transfer-Encoding") == "chunked");
  CHECK(r.body == "<hello>");
  CHECK(r.complete);
  const recorded got = a.requests().at(0);
  CHECK(got.field("Transfer-Encoding") == "chunked");
  CHECK(got.field("Content-Length") == "");
  CHECK(got.body == "hello");
  CHECK(got.raw_body.find(';') == std::string::npos);
}

TEST_CASE("announced trailers of an answer pass, others and forbidden ones do not", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded&) {
    return c.peer.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Set-Cookie\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\nSet-Cookie: a=b\r\nX-Other: "
        "1\r\n\r\n");
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(field(head, "Trailer") == "X-Sum, Set-Cookie");
  CHECK(client.read_until("0\r\nX-Sum: 7\r\n\r\n") == "1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n");
  client.send(get_root);
  CHECK(client.read_until("0\r\nX-Sum: 7\r\n\r\n") != "");
}

TEST_CASE("a 1.0 client gets neither chunks nor interim answers, and its connection ends", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded& r) {
    c.peer.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    if (r.line().find("/length") != std::string::npos) return c.peer.send(ok("12345"));
    return c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  for (const char* path : {"/length", "/chunked"}) {
    CAPTURE(path);
    raw_socket client = edge.connect();
    client.send("GET " + std::string(path) + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const std::string all = client.read_all();
    CHECK(all.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(all.ends_with("\r\n\r\n12345"));
    CHECK(field(all, "Transfer-Encoding") == "");
    CHECK(field(all, "Connection") == "close");
    CHECK(client.end() == peer_end::fin);
  }
  CHECK(a.requests().at(0).line() == "GET /length HTTP/1.1");
  CHECK(a.connections() == 1);  // the client's version is not the server's
}

TEST_CASE("an answer that ends with its connection is delimited for the client", "[integration][proxy][messages]") {
  fake_server a([](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.0 200 OK\r\n\r\nsome");
    c.peer.send(" more");
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(get_root);
    const answer r = read_answer(client);
    CHECK(r.field("Transfer-Encoding") == "chunked");
    CHECK(r.body == "some more");
    CHECK(r.complete);
  }
  CHECK(a.connections() == 3);
}

TEST_CASE("Connection: close of the client is heeded; OPTIONS * is answered here", "[integration][proxy][messages]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n");
  CHECK(read_answer(client).status == 200);
  CHECK(read_answer(client).status == 200);
  CHECK(a.request_count() == 0);
  client.send("OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 7\r\n\r\n");
  CHECK(read_answer(client).status == 200);
  CHECK(a.requests().at(0).field("Max-Forwards") == "6");
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(read_answer(client).field("Connection") == "close");
  CHECK(client.wait_end() == peer_end::fin);
}

TEST_CASE("refused heads are answered readably and end the connection", "[integration][proxy][messages]") {
  fake_server a;
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  struct row {
    std::string text;
    unsigned status;
  };
  const row rows[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(80'000, 'a') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\nGET /evil HTTP/1.1\r\nHost: h\r\n\r\n", 400},
  };
  for (const row& r : rows) {
    CAPTURE(r.text.substr(0, 60));
    raw_socket client = edge.connect();
    client.send(r.text);
    const answer got = read_answer(client);
    CHECK(got.status == r.status);
    CHECK(got.field("Connection") == "close");
    CHECK(got.complete);
    CHECK(client.read_all() == "");
    CHECK(client.end() == peer_end::fin);
  }
  CHECK(a.request_count() == 0);
}

TEST_CASE("who says TE: trailers gets harmless ones that were not announced, and the server hears of it", "[integration][proxy][messages]") {
  fake_server a(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Checksum: 1\r\nContent-Length: 9\r\n\r\n"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const bool welcome = GENERATE(false, true);
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + std::string(welcome ? "TE: trailers\r\nConnection: TE\r\n\r\n" : "\r\n"));
  const std::string head = client.read_until("\r\n\r\n"), body = client.read_until("0\r\n"),
                    rest = client.read_until("\r\n\r\n", welcome ? patience() : 0ms);
  CHECK(body == "5\r\nhello\r\n0\r\n");
  CHECK(rest == (welcome ? "X-Checksum: 1\r\n\r\n" : ""));
  CHECK(a.requests().at(0).field("TE") == (welcome ? "trailers" : ""));
}
