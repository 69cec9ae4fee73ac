// Streams with TLS on a loop: both ends of a socketpair as coroutines of one thread. The records themselves: tls_session_test.cpp.
#include "io/loop.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "io/tls_client.hpp"

#include "catch.hpp"
#include "deadline.hpp"
#include "tls_certificate.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace waggle::proxy::io;
using namespace waggle::test;

namespace {

struct world {
  loop l;
  stream client{l}, server{l};
  waiter client_wait{l}, server_wait{l};
  tls_server server_context = make_tls_server();
  std::shared_ptr<tls_client_context> context = *tls_client_context::make({.ca = server_context.certificate, .cert = "", .key = ""});
  SSL* server_ssl = nullptr;
  int running = 0;
  std::string complaint;

  explicit world(bool tls = true, int buffer = 0) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    for (const int fd : fds)
      if (buffer > 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    REQUIRE(client.adopt(fds[0]));
    REQUIRE(server.adopt(fds[1]));
    if (!tls) return;
    REQUIRE(client.secure(tls_client_context::open(context, "localhost")));
    server_ssl = SSL_new(server_context.context.get());
    REQUIRE(server.secure(tls_session::make(server_ssl, tls_session::role::server)));
  }
  ~world() {
    client.close();
    server.close();
  }
  time_ms due() const { return l.now() + patience().count(); }
  void spawn(task<void> t) {
    ++running;
    waggle::proxy::io::spawn(std::move(t), [this](std::exception_ptr e) {
      if (e) complaint = "an exception";
      if (--running == 0) l.stop();
    });
  }
  /// Until all that was spawned has ended.
  void run() {
    if (running > 0) l.run();
    CHECK(complaint == "");
  }
};

task<bool> shake_hands(world& w, stream& s, waiter& wait) {
  for (;;) {
    const io_result r = s.handshake();
    if (r.status == io_status::ok) co_return true;
    const bool ready = r.status == io_status::again && co_await wait.wait(s, readable, w.due());
    if (ready) continue;
    w.complaint = r.status == io_status::again ? "the handshake hangs" : s.complaint();
    co_return false;
  }
}

/// Sends `out` and reads as much as `in` has room for, both at once, whatever becomes possible first.
task<void> exchange(world& w, stream& s, waiter& wait, const std::string& out, std::string& in) {
  const bool secured = co_await shake_hands(w, s, wait);
  if (!secured) co_return;
  std::size_t sent = 0, got = 0;
  for (;;) {
    std::uint8_t bits = 0;
    if (sent < out.size()) {
      const io_result r = s.write(out.data() + sent, out.size() - sent);
      if (r.status == io_status::ok) sent += r.bytes;
      else if (r.status != io_status::again) break;
      bits |= writable;
    }
    if (got < in.size()) {
      const io_result r = s.read(in.data() + got, std::min<std::size_t>(in.size() - got, 10'000));
      if (r.status == io_status::ok) got += r.bytes;
      else if (r.status != io_status::again) break;
      bits |= readable;
    }
    if (sent == out.size() && got == in.size()) break;
    const bool ready = co_await wait.wait(s, bits, w.due());
    if (!ready) w.complaint = "neither to be written nor to be read";
    if (!ready) break;
  }
  if (sent < out.size() || got < in.size()) w.complaint += " after " + std::to_string(sent) + " out, " + std::to_string(got) + " in";
}

std::string pattern(std::size_t size, unsigned factor) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * factor + i / 241);
  return out;
}

}  // namespace

TEST_CASE("both ways at once through small sockets, plain or TLS alike", "[integration][io][tls]") {
  const bool tls = GENERATE(true, false);
  world w(tls, 8192);
  const std::string up = pattern(3'000'000, 7), down = pattern(2'000'000, 11);
  std::string at_client(down.size(), '\0'), at_server(up.size(), '\0');
  w.spawn(exchange(w, w.client, w.client_wait, up, at_client));
  w.spawn(exchange(w, w.server, w.server_wait, down, at_server));
  w.run();
  CHECK(at_server == up);
  CHECK(at_client == down);
  CHECK(w.client.may_splice() == !tls);
}

namespace {

task<void> send_once(world& w, const std::string& text) {
  const bool secured = co_await shake_hands(w, w.client, w.client_wait);
  if (!secured) co_return;
  w.client.write(text.data(), text.size());
}

task<void> read_bit_by_bit(world& w, std::string& got, std::size_t size) {
  const bool secured = co_await shake_hands(w, w.server, w.server_wait);
  if (!secured) co_return;
  while (got.size() < size) {
    // The peer says nothing more: only what is in hand already can end this wait.
    const bool ready = co_await w.server_wait.wait(w.server, readable, w.due());
    if (!ready) w.complaint = "nothing to be read after " + std::to_string(got.size());
    if (!ready) co_return;
    char few[100];
    const io_result r = w.server.read(few, sizeof few);
    if (r.status == io_status::ok) got.append(few, r.bytes);
  }
}

}  // namespace

TEST_CASE("bytes in hand end a wait without another event", "[integration][io][tls]") {
  world w;
  const std::string text = pattern(30'000, 3);
  std::string got;
  w.spawn(read_bit_by_bit(w, got, text.size()));
  w.spawn(send_once(w, text));
  w.run();
  CHECK(got == text);
  char one;
  CHECK(w.server.read(&one, 1).status == io_status::again);
  CHECK_FALSE(w.server.is_ready(readable));
}

namespace {

task<void> write_and_leave(world& w, std::size_t size, std::size_t& accepted) {
  const bool secured = co_await shake_hands(w, w.client, w.client_wait);
  if (!secured) co_return;
  const std::string text = pattern(size, 5);
  const io_result r = w.client.write(text.data(), text.size());
  accepted = r.bytes;
  CHECK(w.client.has_unsent());
  w.client.shutdown_write();
  // Nobody waits for room: the loop sends what is kept all the same. (Tickets wake this, too.)
  char byte;
  io_result answer{io_status::again, 0, 0};
  while (answer.status == io_status::again) {
    const bool ready = co_await w.client_wait.wait(w.client, readable, w.due());
    if (!ready) w.complaint = "no answer";
    if (!ready) co_return;
    answer = w.client.read(&byte, 1);
  }
  CHECK(answer.bytes == 1);
  CHECK_FALSE(w.client.has_bytes());
}

task<void> read_to_the_end(world& w, std::size_t& got, io_result& last) {
  const bool secured = co_await shake_hands(w, w.server, w.server_wait);
  if (!secured) co_return;
  std::vector<char> room(20'000);
  for (;;) {
    last = w.server.read(room.data(), room.size());
    if (last.status == io_status::ok) got += last.bytes;
    else if (last.status != io_status::again) break;
    const bool ready = co_await w.server_wait.wait(w.server, readable, w.due());
    if (!ready) w.complaint = "the end does not come";
    if (!ready) co_return;
  }
  CHECK(w.server.write("!", 1).bytes == 1);
}

}  // namespace

TEST_CASE("what a stream keeps is sent though nobody waits for it, and its end behind it", "[integration][io][tls]") {
  world w(true, 4096);
  std::size_t accepted = 0, got = 0;
  io_result last;
  w.spawn(write_and_leave(w, 60'000, accepted));
  w.spawn(read_to_the_end(w, got, last));
  w.run();
  CHECK(accepted == 60'000);
  CHECK(got == accepted);
  CHECK(last.status == io_status::eof);
}

namespace {

unsigned idle_calls = 0;

task<void> stay_idle(world& w, bool& quiet_after_tickets) {
  const bool secured = co_await shake_hands(w, w.client, w.client_wait);
  if (!secured) co_return;
  w.client.on_idle = [](stream&) { ++idle_calls; };
  // The server's tickets come with the next batch; nobody waits for them.
  waiter::wait_awaiter batches(w.client_wait, w.l.now() + 50);
  co_await batches;
  quiet_after_tickets = w.client.is_quiet() && idle_calls == 0 && !w.client.is_ready(readable);
  CHECK(w.server.write("unasked", 7).bytes == 7);
  waiter::wait_awaiter more(w.client_wait, w.l.now() + 50);
  co_await more;
}

task<void> accept_only(world& w) { co_await shake_hands(w, w.server, w.server_wait); }

}  // namespace

TEST_CASE("an idle connection does not mind tickets, but bytes that nobody asked for", "[integration][io][tls]") {
  world w;
  idle_calls = 0;
  bool quiet_after_tickets = false;
  w.spawn(accept_only(w));
  w.spawn(stay_idle(w, quiet_after_tickets));
  w.run();
  CHECK(quiet_after_tickets);
  CHECK(idle_calls == 1);
  CHECK(w.client.has_bytes());
}

TEST_CASE("without a session nothing goes on in clear", "[integration][io][tls]") {
  world w(false);
  CHECK_FALSE(w.client.secure(nullptr));
  CHECK_FALSE(w.client.is_open());
  CHECK(w.client.write("secret", 6).status == io_status::error);
  CHECK(w.client.handshake().status == io_status::error);
}

TEST_CASE("a closed stream can be used again, in clear", "[integration][io][tls]") {
  world w;
  w.client.close();
  CHECK(w.client.may_splice());
  CHECK(w.client.read(nullptr, 0).status == io_status::error);
  int fds[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  REQUIRE(w.client.adopt(fds[0]));
  CHECK(w.client.write("clear", 5).bytes == 5);
  char got[5];
  CHECK(::recv(fds[1], got, sizeof got, 0) == 5);
  CHECK(std::memcmp(got, "clear", 5) == 0);
  ::close(fds[1]);
}
