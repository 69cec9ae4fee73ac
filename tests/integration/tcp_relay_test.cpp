// TCP connections that are passed on: bytes both ways, and how each way of ending comes through.
#include "tcp_fixture.hpp"

#include "catch.hpp"
#include "random.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

using namespace waggle;
using namespace waggle::test;
using namespace std::chrono_literals;

namespace {

std::string noise(std::size_t size, unsigned seed) {
  waggle::test::random dice(seed);
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = dice.below(~std::uint64_t{0});
    for (std::size_t k = 0; k < 8 && i + k < size; ++k) out[i + k] = static_cast<char>(word >> (8 * k));
  }
  return out;
}

}  // namespace

TEST_CASE("bytes go both ways, and the server may speak first", "[integration][tcp]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  CHECK(edge.skipped.empty());
  passage p(edge, a);
  SECTION("the client speaks first") {
    p.client.send("hello");
    CHECK(p.server.read_exactly(5) == "hello");
    p.server.send("world");
    CHECK(p.client.read_exactly(5) == "world");
  }
  SECTION("the server speaks first, and the client never") {
    p.server.send("220 ready\r\n");
    CHECK(p.client.read_until("\n") == "220 ready\r\n");
  }
  SECTION("many small ones") {
    for (int i = 0; i < 1'000; ++i) {
      const std::string text = std::to_string(i) + "\n";
      p.client.send(text);
      REQUIRE(p.server.read_until("\n") == text);
      p.server.send(text);
      REQUIRE(p.client.read_until("\n") == text);
    }
  }
  p.client.close();
  CHECK(p.server.wait_end() == peer_end::fin);
  p.server.close();
  CHECK(edge.is_quiet());
}

TEST_CASE_METHOD(one_passage, "a FIN is passed on behind the last byte, and the other direction lives on", "[integration][tcp]") {
  const bool client_first = GENERATE(true, false);
  raw_socket& first = client_first ? p.client : p.server;
  raw_socket& second = client_first ? p.server : p.client;
  const std::string question = noise(300'000, 1), answer = noise(500'000, 2);
  std::thread asks([&] {
    first.send(question);
    first.half_close();
  });
  CHECK((second.read_all() == question));
  CHECK(second.end() == peer_end::fin);
  asks.join();
  std::thread answers([&] {
    second.send(answer);
    second.half_close();
  });
  CHECK((first.read_all() == answer));
  CHECK(first.end() == peer_end::fin);
  answers.join();
  CHECK(edge.is_quiet());
}

TEST_CASE("a FIN that came before the server was there is passed on as well", "[integration][tcp]") {
  listening a;
  tcp_fixture edge;
  edge.to({tcp_task(a.port())});
  raw_socket client = edge.connect();
  client.send("once");
  client.half_close();
  raw_socket server = a.accept();
  CHECK(server.read_all() == "once");
  CHECK(server.end() == peer_end::fin);
  server.send("answer");
  server.close();
  CHECK(client.read_all() == "answer");
  CHECK(client.end() == peer_end::fin);
}

TEST_CASE_METHOD(one_passage, "a reset is passed on as one, behind the last word", "[integration][tcp]") {
  const bool client_first = GENERATE(true, false);
  raw_socket& first = client_first ? p.client : p.server;
  raw_socket& second = client_first ? p.server : p.client;
  const std::size_t words = GENERATE(std::size_t{0}, std::size_t{10}, std::size_t{150'000});
  const std::string text = noise(words, 3);
  second.send("x");
  REQUIRE(first.read_exactly(1) == "x");
  first.send(text);
  if (words > 10) CHECK((second.read_exactly(words) == text));
  first.reset();
  if (words == 10) CHECK((second.read_exactly(words) == text));
  CHECK(second.wait_end() == peer_end::reset);
  CHECK(edge.is_quiet());
}

TEST_CASE_METHOD(one_passage, "a server that refuses with a last word and unread input is heard", "[integration][tcp]") {
  // The client goes on sending: what it sends is lost, what the server has said is not.
  p.client.send("MAIL FROM:<a>\r\n");
  CHECK(p.server.read_until("\n") == "MAIL FROM:<a>\r\n");
  p.client.send("more that nobody reads");
  char byte = 0;
  CHECK(eventually([&] { return ::recv(p.server.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
  p.server.send("421 too many connections\r\n");
  p.server.close();  // with unread input: RST behind the text
  CHECK(p.client.read_until("\n") == "421 too many connections\r\n");
  CHECK(p.client.wait_end() == peer_end::reset);
  CHECK(edge.is_quiet());
}

TEST_CASE_METHOD(one_passage, "ten megabytes each way at once", "[integration][tcp]") {
  const std::string up = noise(10'000'000, 4), down = noise(10'000'000, 5);
  std::thread sends_up([&] {
    p.client.send(up, patience(60s));
    p.client.half_close();
  });
  std::thread sends_down([&] {
    p.server.send(down, patience(60s));
    p.server.half_close();
  });
  std::string got_up;
  std::thread reads_up([&] { got_up = p.server.read_all(patience(60s)); });
  const std::string got_down = p.client.read_all(patience(60s));
  for (std::thread* t : {&sends_up, &sends_down, &reads_up}) t->join();
  CHECK((got_up == up));
  CHECK((got_down == down));
  CHECK(edge.is_quiet());
}

TEST_CASE_METHOD(one_passage, "a gigabyte is spliced", "[integration][tcp][slow]") {
  constexpr std::size_t chunk = 1 << 20, chunks = 1'024;
  const std::string piece = noise(chunk, 6);
  std::thread sends([&] {
    for (std::size_t i = 0; i < chunks; ++i) p.server.send(piece, patience(60s));
    p.server.half_close();
  });
  std::size_t got = 0;
  bool same = true;
  std::size_t pipes_seen = 0;
  for (;;) {
    const std::string part = p.client.read_exactly(chunk, patience(60s));
    if (part.empty()) break;
    same = same && part == piece.substr(0, part.size());
    got += part.size();
    if (got / chunk == chunks / 2) pipes_seen = std::max<std::size_t>(pipes_seen, edge.stats().descriptors);
  }
  sends.join();
  CHECK(got == chunk * chunks);
  CHECK(same);
  CHECK(pipes_seen >= 6);  // wake-up, listener, both sockets, and a pipe's two ends
}

TEST_CASE("a reader that pauses loses nothing, and stops the writer", "[integration][tcp]") {
  listening a;
  auto o = tcp_options();
  o.timeouts.layer4_user_timeout = 1'000ms;  // which must not take it for dead
  tcp_fixture edge(o);
  edge.to({tcp_task(a.port())});
  passage p(edge, a);
  const std::string text = noise(20'000'000, 7);
  std::thread sends([&] {
    p.server.send(text, patience(60s));
    p.server.close();
  });
  const auto begin = test_clock::now();
  CHECK(eventually([&] { return edge.stats().waiting_stalled == 1; }));
  const std::uint64_t held = edge.stats().memory_held;
  CHECK(held < 400'000);
  CHECK(eventually([&] { return since(begin) > 5s; }, patience(30s)));
  CHECK((p.client.read_all(patience(60s)) == text));
  CHECK(p.client.end() == peer_end::fin);
  sends.join();
}

TEST_CASE("limits end what is idle, and what is half closed, by a reset", "[integration][tcp]") {
  listening a;
  tcp_fixture edge;
  SECTION("idle") {
    edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.idle = 300ms; });
    passage p(edge, a);
    for (int i = 0; i < 10; ++i) {  // bytes of either side begin it anew
      raw_socket& who = i % 2 == 0 ? p.client : p.server;
      raw_socket& other = i % 2 == 0 ? p.server : p.client;
      who.send("x");
      REQUIRE(other.read_exactly(1) == "x");
      std::this_thread::sleep_for(60ms);
    }
    const auto begin = test_clock::now();
    CHECK(p.client.wait_end() == peer_end::reset);
    CHECK(since(begin) >= 200ms);
    CHECK(p.server.wait_end() == peer_end::reset);
  }
  SECTION("half closed") {
    edge.to({tcp_task(a.port())}, [](model::tcp_service& s) { s.timeouts.half_closed = 300ms; });
    passage p(edge, a);
    p.client.half_close();
    CHECK(p.server.wait_end() == peer_end::fin);
    CHECK(p.client.wait_end() == peer_end::reset);
  }
  CHECK(edge.is_quiet());
}

TEST_CASE_METHOD(one_passage, "without limits a half-closed connection lives on", "[integration][tcp]") {
  p.client.half_close();
  CHECK(p.server.wait_end() == peer_end::fin);
  CHECK(p.client.wait_end(1'500ms) == peer_end::none);
  p.server.send("late");
  CHECK(p.client.read_exactly(4) == "late");
}

TEST_CASE_METHOD(one_passage, "urgent bytes travel in line", "[integration][tcp]") {
  for (int round = 0; round < 20; ++round) {  // the kernel ends a read there, at one time or another
    p.client.send("ab");
    REQUIRE(p.client.send_urgent('!'));
    p.client.send("cd");
    REQUIRE(p.server.read_exactly(5) == "ab!cd");
    REQUIRE(p.server.send_urgent('?'));
    p.server.send("ef");
    REQUIRE(p.client.read_exactly(3) == "?ef");
  }
}

TEST_CASE_METHOD(one_passage, "urgent bytes travel in line where bytes come thick", "[integration][tcp]") {
  const std::string part = noise(3'000'000, 7);
  std::thread sends([&] {
    for (int i = 0; i < 5; ++i) {
      p.server.send(part, patience(30s));
      p.server.send_urgent('?', patience(30s));
    }
  });
  for (int i = 0; i < 5; ++i) CHECK((p.client.read_exactly(part.size() + 1, patience(30s)) == part + "?"));
  sends.join();
}

TEST_CASE_METHOD(one_passage, "a pipe is held while bytes come thick, and by nobody who is idle", "[integration][tcp]") {
  const std::uint64_t before = edge.stats().descriptors;
  const std::string text = noise(8'000'000, 8);
  std::thread sends([&] { p.server.send(text, patience(30s)); });
  CHECK((p.client.read_exactly(text.size(), patience(30s)) == text));
  sends.join();
  REQUIRE(eventually([&] { return edge.stats().waiting_quiet == 1; }));
  // It is in the pool, for the next one; another connection that is as thick needs no further.
  const std::uint64_t after = edge.stats().descriptors;
  CHECK(after > before);
  passage q(edge, a);
  std::thread again([&] { q.server.send(text, patience(30s)); });
  CHECK((q.client.read_exactly(text.size(), patience(30s)) == text));
  again.join();
  CHECK(edge.stats().descriptors == after + 2);  // its two sockets
  CHECK(edge.stats().memory_held < 20'000);
}
