// Large bodies, slow readers, Expect: 100-continue, interim and early answers.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <fstream>

using namespace waggle::test;

namespace {

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (i * 31 + i / 1'000) % 26);
  return out;
}

std::size_t resident_bytes() {
  std::ifstream f("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  f >> total >> resident;
  return resident * 4096;
}

}  // namespace

TEST_CASE("large bodies arrive as they were sent, in every framing", "[integration][proxy][bodies]") {
  // Sizes around the limits of reading, copying and splicing.
  const std::size_t size =
      GENERATE(std::size_t{16'384}, std::size_t{65'535}, std::size_t{65'536}, std::size_t{65'537}, std::size_t{300'000}, std::size_t{5'000'000});
  const bool chunked = GENERATE(false, true);
  CAPTURE(size, chunked);
  const std::string body = pattern(size);
  const auto chunks = [](const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 7'777) {
      const std::string piece = text.substr(at, 7'777);
      char header[20];
      std::snprintf(header, sizeof header, "%zx\r\n", piece.size());
      out += header + piece + "\r\n";
    }
    return out + "0\r\n\r\n";
  };
  fake_server a([&](fake_server::connection& c, recorded&) {
    return c.peer.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(body) : ok(body));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int round = 0; round < 2; ++round) {
    REQUIRE(client.send("PUT / HTTP/1.1\r\nHost: h\r\n" + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" + chunks(body)
                                                                   : "Content-Length: " + std::to_string(size) + "\r\n\r\n" + body)));
    const answer r = read_answer(client);
    CHECK(r.status == 200);
    CHECK(r.complete);
    CHECK((r.body == body));
    CHECK((a.requests().back().body == body));
  }
}

TEST_CASE("a server connection is used again after a large answer", "[integration][proxy][bodies]") {
  fake_server a(always(ok(pattern(300'000))));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(get_root);
    REQUIRE(read_answer(client).complete);
  }
  CHECK(a.connections() == 1);
}

TEST_CASE("a slow reader holds the server back, not memory", "[integration][proxy][bodies]") {
  const bool chunked = GENERATE(false, true);
  constexpr std::size_t huge = 200'000'000;
  std::atomic<std::size_t> sent{0};
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(huge) + "\r\n\r\n");
    const std::string piece = chunked ? "10000\r\n" + std::string(65'536, 'x') + "\r\n" : std::string(65'536, 'x');
    while (sent < huge && c.peer.send(piece, patience(30s))) sent += piece.size();
    return false;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const std::size_t before = resident_bytes();
  raw_socket client = edge.connect(16 * 1024);
  client.send(get_root);
  // The server gets rid of what fits the sockets between, then stands.
  REQUIRE(comes_to_rest([&] { return sent.load(); }));
  CHECK(sent < 40'000'000);
  CHECK(resident_bytes() < before + 20'000'000);
  client.close();
  CHECK(eventually([&] { return a.open_connections() == 0; }));
}

TEST_CASE("a server that does not read holds the client back", "[integration][proxy][bodies]") {
  std::atomic<bool> release{false};
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        eventually([&] { return release.load(); }, patience(30s));
        c.read_body(r);
        return c.peer.send(ok(std::to_string(r.body.size())));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  constexpr std::size_t huge = 50'000'000;
  raw_socket client = edge.connect();
  std::atomic<std::size_t> sent{0};
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(huge) + "\r\n\r\n");
    const std::string piece(50'000, 'x');
    while (sent < huge && client.send(piece, patience(30s))) sent += piece.size();
  });
  CHECK(comes_to_rest([&] { return sent.load(); }));
  CHECK(sent < huge);
  release = true;
  sender.join();
  CHECK(read_answer(client).body == std::to_string(huge));
}

TEST_CASE("Expect: the body waits for the server's 100", "[integration][proxy][expect]") {
  fake_server a(
      [](fake_server::connection& c, recorded& r) {
        c.peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        c.read_body(r);
        return c.peer.send(ok(r.body));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int round = 0; round < 2; ++round) {
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK(read_answer(client).status == 100);
    client.send("hello");
    CHECK(read_answer(client).body == "hello");
  }
  REQUIRE(eventually([&] { return a.request_count() == 2; }));
  CHECK(a.requests().at(0).field("Expect") == "100-continue");
}

TEST_CASE("Expect: a server that refuses sees no body; the connection ends", "[integration][proxy][expect]") {
  fake_server a([](fake_server::connection& c, recorded&) { return c.peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"); },
                false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const answer r = read_answer(client);
  CHECK(r.status == 417);
  CHECK(r.field("Connection") == "close");
  client.send("hello");
  CHECK(client.read_all() == "");
  REQUIRE(eventually([&] { return a.request_count() == 1; }));
}

TEST_CASE("Expect: a server that says nothing gets the body after a second", "[integration][proxy][expect]") {
  fake_server a([](fake_server::connection& c, recorded& r) { return c.peer.send(ok(r.body)); });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  const answer r = read_answer(client);
  CHECK(r.status == 200);
  CHECK(r.body == "hello");
}

TEST_CASE("Expect: a server that says nothing does not keep a client that waits for the 100", "[integration][proxy][expect]") {
  const bool late = GENERATE(false, true);
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        if (late) {
          c.peer.receive(patience(10s));  // the body: waggle has said it
          c.peer.send("HTTP/1.1 100 Continue\r\n\r\n");
          return c.peer.send(ok("late"));
        }
        c.read_body(r);
        return c.peer.send(ok(r.body));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(read_answer(client).status == 100);
  client.send("hello");
  const answer r = read_answer(client);  // and not the server's own 100, once more
  CHECK(r.status == 200);
  CHECK(r.body == (late ? "late" : "hello"));
}

TEST_CASE("interim answers pass up to a limit", "[integration][proxy][interim]") {
  const int hints = GENERATE(3, 32, 33);
  fake_server a([&](fake_server::connection& c, recorded&) {
    std::string all;
    for (int i = 0; i < hints; ++i) all += "HTTP/1.1 103 Early Hints\r\nLink: " + std::to_string(i) + "\r\n\r\n";
    return c.peer.send(all + ok("end"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  int seen = 0;
  answer r = read_answer(client);
  for (; r.status == 103; r = read_answer(client)) CHECK(r.field("Link") == std::to_string(seen++));
  CHECK(r.status == (hints > 32 ? 502u : 200u));
  CHECK(seen == std::min(hints, 32));
}

TEST_CASE("a server may tell its progress for as long as it works", "[integration][proxy][interim]") {
  fake_server a([&](fake_server::connection& c, recorded&) {
    std::string all;
    for (int i = 0; i < 32; ++i) all += "HTTP/1.1 104 Upload Resumption Supported\r\n\r\n";
    c.peer.send(all);
    std::this_thread::sleep_for(600ms);  // the input: it works
    return c.peer.send("HTTP/1.1 104 Upload Resumption Supported\r\n\r\n" + ok("end"));
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  answer r = read_answer(client);
  int seen = 0;
  for (; r.status == 104; r = read_answer(client)) ++seen;
  CHECK(r.status == 200);
  CHECK(seen == 33);
}

TEST_CASE("Expect: an empty one is none, and one that is said twice is one", "[integration][proxy][bodies]") {
  fake_server a(
      [](fake_server::connection& c, recorded& r) {
        const std::string expects = r.field("Expect");
        if (!expects.empty()) c.peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        c.read_body(r);
        return c.peer.send(ok("[" + expects + "]" + r.body));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect:\r\nContent-Length: 2\r\n\r\nab");
  CHECK(read_answer(client).body == "[]ab");
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(read_answer(client).status == 100);
  client.send("cd");
  CHECK(read_answer(client).body == "[100-continue]cd");
}

TEST_CASE("an answer before the end of the upload is relayed at once", "[integration][proxy][bodies]") {
  fake_server a(
      [](fake_server::connection& c, recorded&) {
        c.peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        return false;
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n" + std::string(1'000, 'x'));
  const answer r = read_answer(client);
  CHECK(r.status == 403);
  CHECK(r.body == "no");
  CHECK(client.wait_end() != peer_end::none);
}

TEST_CASE("a small rest of an upload is read on, and the connection kept", "[integration][proxy][bodies]") {
  fake_server a(
      [](fake_server::connection& c, recorded& r) {
        if (r.line().starts_with("GET")) return c.peer.send(ok("next"));
        c.peer.send(ok("early"));
        return false;
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
  const answer r = read_answer(client);
  CHECK(r.body == "early");
  if (r.field("Connection") == "close") return;
  client.send("67890" + get_root);
  CHECK(read_answer(client).body == "next");
}

TEST_CASE("a chunked upload that is malformed never looks complete to the server", "[integration][proxy][bodies]") {
  std::atomic<bool> complete{false}, ended{false};
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        c.read_body(r);
        complete = r.complete;
        ended = true;
        return c.peer.send(ok("x"));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n");
  const answer r = read_answer(client);
  CHECK(r.status == 400);
  CHECK(eventually([&] { return ended.load(); }));
  CHECK_FALSE(complete);
}
