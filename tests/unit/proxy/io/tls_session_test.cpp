// Both sides of TLS, each over a socketpair; what lies between them goes over in the portions that a test wants. Nothing waits.
#include "io/tls_client.hpp"
#include "io/tls_session.hpp"

#include "catch.hpp"
#include "tls_certificate.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

using namespace waggle::proxy::io;
using namespace waggle::test;

namespace {

/// One side: its session on one end of a socketpair; the other end is the wire.
struct side {
  int own = -1, wire = -1;
  SSL* ssl = nullptr;
  std::unique_ptr<tls_session> tls;

  explicit side(int send_buffer = 0) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    own = fds[0];
    wire = fds[1];
    if (send_buffer > 0) setsockopt(own, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  }
  side(const side&) = delete;
  ~side() {
    tls.reset();
    close_own();
    ::close(wire);
  }
  void close_own() {
    if (own >= 0) ::close(own);
    own = -1;
  }
  void use(std::unique_ptr<tls_session> session) {
    tls = std::move(session);
    REQUIRE(tls);
    tls->attach(own);
  }

  io_result write(std::string_view text) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    return tls->write({&piece, 1});
  }
  std::string read(std::size_t most = 1 << 17) {
    std::string out(most, '\0');
    last = tls->read(out.data(), out.size());
    out.resize(last.status == io_status::ok ? last.bytes : 0);
    return out;
  }
  io_result last;
};

struct pair_of_sides {
  explicit pair_of_sides(int version = TLS1_3_VERSION, int client_send_buffer = 0)
      : client(client_send_buffer), server_context(make_tls_server(version)) {
    context = *tls_client_context::make({.ca = server_context.certificate, .cert = "", .key = ""});
    client.use(tls_client_context::open(context, "localhost"));
    server.ssl = SSL_new(server_context.context.get());
    server.use(tls_session::make(server.ssl, tls_session::role::server));
  }
  side client, server;
  tls_server server_context;
  std::shared_ptr<tls_client_context> context;

  /// What `from` has sent, at most so much of it, to `to`. @return how much
  static std::size_t carry(side& from, side& to, std::size_t most = 1 << 20) {
    std::size_t moved = 0;
    while (moved < most) {
      char bytes[4096];
      const ssize_t n = ::recv(from.wire, bytes, std::min(sizeof bytes, most - moved), 0);
      if (n <= 0) break;
      REQUIRE(::send(to.wire, bytes, static_cast<std::size_t>(n), MSG_NOSIGNAL) == n);
      moved += static_cast<std::size_t>(n);
      to.tls->on_events(readable);
    }
    if (moved > 0) from.tls->on_events(writable);
    return moved;
  }
  void shake_hands(std::size_t portion = 1 << 20) {
    bool done[2] = {};
    for (int turns = 0; !(done[0] && done[1]); ++turns) {
      REQUIRE(turns < 100'000);
      int k = 0;
      for (side* const s : {&client, &server}) {
        const io_result r = s->tls->handshake();
        CAPTURE(k, s->tls->complaint());
        REQUIRE((r.status == io_status::ok || r.status == io_status::again));
        done[k++] = r.status == io_status::ok;
        if (r.status == io_status::again) CHECK_FALSE(s->tls->may_read());  // else whoever waits for that would not wait
      }
      carry(client, server, portion);
      carry(server, client, portion);
    }
  }
};

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + i / 251);
  return out;
}

}  // namespace

TEST_CASE("a handshake and data in fragments of one byte, in both roles", "[unit][proxy][io][tls]") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  pair_of_sides p(version);
  p.shake_hands(1);
  CHECK(SSL_version(p.server.ssl) == version);
  CHECK(p.client.write("GET /").bytes == 5);
  CHECK(p.server.write("200").bytes == 3);
  std::string at_server, at_client;
  for (int i = 0; i < 20'000 && (at_server.size() < 5 || at_client.size() < 3); ++i) {
    pair_of_sides::carry(p.client, p.server, 1);
    pair_of_sides::carry(p.server, p.client, 1);
    at_server += p.server.read();
    at_client += p.client.read();
  }
  CHECK(at_server == "GET /");
  CHECK(at_client == "200");
}

TEST_CASE("data that came with the end of the handshake is readable without another event", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  CHECK(p.client.tls->handshake().status == io_status::again);
  pair_of_sides::carry(p.client, p.server);
  CHECK(p.server.tls->handshake().status == io_status::again);
  pair_of_sides::carry(p.server, p.client);
  CHECK(p.client.tls->handshake().status == io_status::ok);
  CHECK(p.client.write("early bird").bytes == 10);
  pair_of_sides::carry(p.client, p.server);  // one event for both
  CHECK(p.server.tls->handshake().status == io_status::ok);
  CHECK(p.server.tls->may_read());
  CHECK(p.server.read() == "early bird");
  CHECK_FALSE(p.server.tls->may_read());
}

TEST_CASE("bytes that OpenSSL holds count as readable until the last", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  const std::string sent = pattern(40'000);
  CHECK(p.client.write(sent).bytes == sent.size());
  pair_of_sides::carry(p.client, p.server);
  std::string got;
  while (got.size() < sent.size()) {
    REQUIRE(p.server.tls->may_read());
    const std::string some = p.server.read(777);
    REQUIRE_FALSE(some.empty());
    got += some;
  }
  CHECK(got == sent);
  CHECK_FALSE(p.server.tls->may_read());
}

TEST_CASE("what a full socket does not take is kept, and the next write need not be the same", "[unit][proxy][io][tls]") {
  pair_of_sides p(TLS1_3_VERSION, 4096);
  p.shake_hands();
  const std::string first = pattern(50'000);
  std::string accepted;
  for (;;) {
    const io_result r = p.client.write(first);
    if (r.status == io_status::again) break;
    REQUIRE(r.status == io_status::ok);
    accepted += first.substr(0, r.bytes);
    REQUIRE(accepted.size() < 10'000'000);
  }
  CHECK_FALSE(p.client.tls->may_write());
  CHECK(p.client.tls->unsent() > 0);
  CHECK(p.client.tls->on_events(writable | readable) == readable);  // no room in truth: whoever would write still waits

  CHECK(p.server.write("meanwhile").bytes == 9);  // reading does not wait for writing
  pair_of_sides::carry(p.server, p.client);
  CHECK(p.client.read() == "meanwhile");

  std::string got;
  while (!p.client.tls->may_write()) {  // events alone send what is kept
    REQUIRE(pair_of_sides::carry(p.client, p.server, 3000) > 0);
    got += p.server.read();
  }
  CHECK(p.client.tls->unsent() == 0);
  CHECK(p.client.write("another text").bytes == 12);
  accepted += "another text";
  while (got.size() < accepted.size()) {
    const std::size_t before = got.size();
    pair_of_sides::carry(p.client, p.server);
    got += p.server.read();
    REQUIRE((got.size() > before || p.server.tls->may_read()));
  }
  CHECK(got == accepted);
}

TEST_CASE("pieces go out as one text, as much as one write takes", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  std::string head = pattern(300), body = pattern(20'000), much = pattern(100'000);
  const iovec pieces[] = {{head.data(), head.size()}, {nullptr, 0}, {body.data(), body.size()}, {much.data(), much.size()}};
  const io_result r = p.client.tls->write(pieces);
  CHECK(r.status == io_status::ok);
  CHECK(r.bytes == tls_session::largest_write);
  std::string got;
  while (pair_of_sides::carry(p.client, p.server) > 0 || p.server.tls->may_read()) got += p.server.read();
  CHECK(got == (head + body + much).substr(0, r.bytes));
}

TEST_CASE("an end without close_notify is a cut, one with it an end", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  CHECK(p.client.write("all of it").bytes == 9);
  const bool clean = GENERATE(true, false);
  if (clean) p.client.tls->shutdown_write();
  pair_of_sides::carry(p.client, p.server);
  ::shutdown(p.server.wire, SHUT_WR);
  p.server.tls->on_events(readable | peer_closed);
  CHECK(p.server.read() == "all of it");
  for (int again = 0; again < 2; ++again) {
    CHECK(p.server.tls->may_read());  // who waits learns of it
    CHECK(p.server.read().empty());
    CHECK(p.server.last.status == (clean ? io_status::eof : io_status::error));
    CHECK(p.server.last.error == (clean ? 0 : error_truncated));
  }
  CHECK(std::string(p.server.tls->complaint()) == (clean ? "" : "unexpected eof while reading"));
}

TEST_CASE("a peer that leaves during the handshake is told apart from one that talks nonsense", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  CHECK(p.server.tls->handshake().status == io_status::again);
  const bool nonsense = GENERATE(true, false);
  if (nonsense) REQUIRE(::send(p.server.wire, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, MSG_NOSIGNAL) == 27);
  else ::shutdown(p.server.wire, SHUT_WR);
  p.server.tls->on_events(nonsense ? readable : readable | peer_closed);
  const io_result r = p.server.tls->handshake();
  CHECK(r.status == io_status::error);
  CHECK(r.error == (nonsense ? error_protocol : error_truncated));
  CHECK(std::string(p.server.tls->complaint()) == (nonsense ? "http request" : "unexpected eof while reading"));
  CHECK(p.server.tls->handshake().status == io_status::error);
}

TEST_CASE("a client says why it does not trust", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  const bool misnamed = GENERATE(true, false);
  const auto stranger = make_tls_server();
  if (!misnamed) p.context = *tls_client_context::make({.ca = stranger.certificate, .cert = "", .key = ""});
  p.client.use(tls_client_context::open(p.context, misnamed ? "elsewhere.example" : "localhost"));
  CHECK(p.client.tls->handshake().status == io_status::again);
  pair_of_sides::carry(p.client, p.server);
  CHECK(p.server.tls->handshake().status == io_status::again);
  pair_of_sides::carry(p.server, p.client);
  const io_result r = p.client.tls->handshake();
  CHECK(r.status == io_status::error);
  CHECK(r.error == error_protocol);
  CHECK(std::string(p.client.tls->complaint()) == (misnamed ? "hostname mismatch" : "self-signed certificate"));
  CHECK(pair_of_sides::carry(p.client, p.server) > 0);  // the server is told by an alert
  CHECK(p.server.tls->handshake().status == io_status::error);
}

TEST_CASE("the end of writing comes behind what is kept, and reading goes on", "[unit][proxy][io][tls]") {
  pair_of_sides p(TLS1_3_VERSION, 4096);
  p.shake_hands();
  const std::string text = pattern(60'000);
  CHECK(p.client.write(text).bytes == text.size());
  REQUIRE(p.client.tls->unsent() > 0);
  p.client.tls->shutdown_write();
  const io_result late = p.client.write("late");
  CHECK(late.status == io_status::error);
  CHECK(late.error == EPIPE);
  std::string got;
  while (pair_of_sides::carry(p.client, p.server) > 0 || (p.server.tls->may_read() && p.server.last.status == io_status::ok)) got += p.server.read();
  CHECK(got == text);
  CHECK(p.server.last.status == io_status::eof);
  char byte;
  CHECK(::recv(p.client.wire, &byte, 1, 0) == 0);  // FIN, too
  CHECK(p.server.write("answer").bytes == 6);
  pair_of_sides::carry(p.server, p.client);
  CHECK(p.client.read() == "answer");
}

TEST_CASE("writing to one that has gone is an error, not a signal", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  ::close(p.client.wire);
  p.client.wire = -1;
  p.client.write("lost");
  const io_result r = p.client.write("lost, too");
  CHECK(r.status == io_status::error);
  CHECK(r.error == EPIPE);
  CHECK(p.client.tls->may_write());  // whoever waits for room learns of it
}

TEST_CASE("tickets are no data", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();  // the server sends tickets behind it
  CHECK(p.client.tls->may_read());
  CHECK(p.client.tls->peek() == io_status::again);
  CHECK_FALSE(p.client.tls->may_read());
  CHECK(p.server.write("x").bytes == 1);
  pair_of_sides::carry(p.server, p.client);
  CHECK(p.client.tls->peek() == io_status::ok);
  CHECK(p.client.tls->may_read());
  CHECK(p.client.tls->discard(1000).bytes == 1);
  CHECK(p.client.tls->peek() == io_status::again);
}

TEST_CASE("one read does a bounded number of records", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  std::string got;
  for (int i = 0; i < 200; ++i) REQUIRE(p.client.write("x").bytes == 1);
  pair_of_sides::carry(p.client, p.server);
  unsigned reads = 0;
  while (got.size() < 200) {
    REQUIRE(p.server.tls->may_read());
    const std::string some = p.server.read();
    REQUIRE_FALSE(some.empty());
    CHECK(some.size() <= tls_session::most_records);
    got += some;
    ++reads;
  }
  CHECK(reads >= 200 / tls_session::most_records);
}

TEST_CASE("messages without data end a connection, with data they do not", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  const bool with_data = GENERATE(true, false);
  const auto update = [&p] {
    REQUIRE(SSL_key_update(p.server.ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    REQUIRE(SSL_do_handshake(p.server.ssl) == 1);
    p.server.tls->peek();  // sends it
    pair_of_sides::carry(p.server, p.client);
  };
  const std::string data = pattern(tls_session::largest_write);
  std::size_t got = 0;
  for (unsigned i = 0; i < 3 * tls_session::most_messages; ++i) {
    update();
    if (with_data) CHECK(p.server.write(data).bytes == data.size());
    do {
      if (with_data) pair_of_sides::carry(p.server, p.client);
      got += p.client.read().size();
    } while (p.client.last.status == io_status::ok && p.client.tls->may_read());
    if (p.client.last.status == io_status::error) break;
  }
  CHECK((p.client.last.status == io_status::error) == !with_data);
  CHECK(std::string(p.client.tls->complaint()) == (with_data ? "" : "more messages than data"));
  CHECK(got == (with_data ? 3 * tls_session::most_messages * data.size() : 0));
}

TEST_CASE("what both roles refuse whatever their context says", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  SSL_CTX_set_min_proto_version(p.server_context.context.get(), TLS1_VERSION);
  SSL* const ssl = SSL_new(p.server_context.context.get());
  const auto session = tls_session::make(ssl, tls_session::role::server);
  REQUIRE(session);
  CHECK(SSL_get_min_proto_version(ssl) == TLS1_2_VERSION);
  CHECK((SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION) != 0);
  CHECK((SSL_get_options(ssl) & SSL_OP_NO_COMPRESSION) != 0);
  CHECK_FALSE(tls_session::make(nullptr, tls_session::role::server));
  CHECK_FALSE(tls_client_context::open(p.context, ""));
}

TEST_CASE("who has what it asked for does not see the end behind it", "[unit][proxy][io][tls]") {
  pair_of_sides p;
  p.shake_hands();
  CHECK(p.server.write("whole answer").bytes == 12);
  pair_of_sides::carry(p.server, p.client);
  ::shutdown(p.client.wire, SHUT_WR);  // without close_notify, as many servers do
  p.client.tls->on_events(readable | peer_closed);
  CHECK(p.client.read() == "whole answer");
  CHECK(p.client.last.status == io_status::ok);
  const bool look_at_it = GENERATE(false, true);
  if (look_at_it) {
    CHECK(p.client.read().empty());
    CHECK(p.client.last.error == error_truncated);
  }
  p.client.tls.reset();

  // However it ended: the session is taken up again.
  pair_of_sides next;
  next.client.use(tls_client_context::open(p.context, "localhost"));
  next.server.ssl = SSL_new(p.server_context.context.get());
  next.server.use(tls_session::make(next.server.ssl, tls_session::role::server));
  next.shake_hands();
  CHECK(SSL_session_reused(next.server.ssl) == 1);
}
