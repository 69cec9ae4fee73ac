// Who does not read for a while is slow, not dead: nothing of what goes to them is given up.
#include "proxy_fixture.hpp"

#include "catch.hpp"

using namespace waggle::test;

namespace {

constexpr std::size_t upload_bytes = 12'000'000;  // more than the kernel takes for both sides

const std::string ask_websocket =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n";

/// Reads on and counts, until there are `wanted` or the peer ends.
std::size_t count_bytes(raw_socket& from, std::size_t wanted) {
  std::size_t got = 0;
  do {
    got += from.received().size();
    from.received().clear();
  } while (got < wanted && from.receive(patience(30s)));
  return got;
}

/// The peer sees a shut window; the pause itself is what is tested.
void pause_reading(test_clock::duration how_long) { std::this_thread::sleep_for(how_long); }

}  // namespace

TEST_CASE("a server that pauses before it reads gets the whole body", "[integration][proxy][paused]") {
  auto o = default_options();
  o.timeouts.tcp_user_timeout = 1'500ms;  // twice over before the server reads
  fake_server a(
      [](fake_server::connection& c, recorded& r) {
        if (r.line().starts_with("GET /ws")) {
          c.peer.send("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
          pause_reading(5s);
          return c.peer.send(std::to_string(count_bytes(c.peer, upload_bytes)) + "\n") && false;
        }
        pause_reading(5s);
        if (r.field("Content-Length").empty()) c.read_body(r);
        else r.body.assign(count_bytes(c.peer, upload_bytes), 'x');
        return c.peer.send(ok(std::to_string(r.body.size())));
      },
      false);
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  const std::string body(upload_bytes, 'x');
  std::string got[3];
  std::thread length([&] {
    raw_socket c = edge.connect();
    c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(upload_bytes) + "\r\n\r\n", patience(30s));
    c.send(body, patience(60s));
    got[0] = read_answer(c, false, patience(30s)).body;
  });
  std::thread chunked([&] {
    raw_socket c = edge.connect();
    c.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb71b00\r\n", patience(30s));
    c.send(body + "\r\n0\r\n\r\n", patience(60s));
    got[1] = read_answer(c, false, patience(30s)).body;
  });
  raw_socket c = edge.connect();
  c.send(ask_websocket);
  CHECK(read_answer(c).status == 101);
  c.send(body, patience(60s));
  got[2] = c.read_until("\n", patience(30s));
  length.join();
  chunked.join();
  CHECK(got[0] == std::to_string(upload_bytes));
  CHECK(got[1] == std::to_string(upload_bytes));
  CHECK(got[2] == std::to_string(upload_bytes) + "\n");
}

TEST_CASE("a client that pauses gets the whole answer", "[integration][proxy][paused]") {
  auto o = default_options();
  o.timeouts.tcp_user_timeout = 1'500ms;
  fake_server a(always(ok(std::string(upload_bytes, 'y'))));
  proxy_fixture edge(o);
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(16 * 1024);
  client.send(get_root);
  CHECK(client.read_until("\r\n\r\n") != "");
  pause_reading(4s);
  CHECK(count_bytes(client, upload_bytes) == upload_bytes);
}
