// An answer's bytes, whatever they are, through the whole proxy, with a table that changes from input to input: what the client gets
// is one answer with lawful framing and nothing behind it, and the next client gets its own. Input: a byte of choices for the table
// and the request, a byte for the server's side, the answer.
#include "fuzz.hpp"

#include "fake_server.hpp"
#include "proxy_fixture.hpp"

#include "http1/chunked.hpp"
#include "http1/framing.hpp"

#include <memory>
#include <mutex>

using namespace waggle;
using namespace waggle::test;
using fuzz::require;

namespace {

constexpr std::size_t most = 16 * 1024;  // one segment: all of it is there when the answer is read

struct choices {
  bool sticky, opaque, error_page, buffered, head, cookie, other_task, headers;  // of the first byte
  bool stays, again;  // of the second: the server keeps the connection; two requests on one of the client's
};

choices choices_of(unsigned a, unsigned b) {
  return {(a & 1) != 0,  (a & 2) != 0,  (a & 4) != 0,   (a & 8) != 0, (a & 16) != 0,
          (a & 32) != 0, (a & 64) != 0, (a & 128) != 0, (b & 1) != 0, (b & 2) != 0};
}

class lab {
 public:
  lab() : server_([this](fake_server::connection& c, recorded& r) { return answer(c, r); }) {}

  /// Each input may find another table: tasks of the same slot under another id, other options.
  void publish(const choices& c) {
    const model::server task = task_on(server_.port(), 1, c.other_task ? "task2" : "task1");
    const test::configuration all = configuration_of({{"PathPrefix:/", {task}}, {"Host:pages", {server_on(server_.port(), "pages")}}});
    model::backend to = all.backends[0];
    model::frontend from = all.frontends[0];
    if (c.sticky) {
      to.balance = model::balance_options{"wrr", false, model::stickiness{}};
      to.balance->stickiness->cookie_name = "SRV";
      to.balance->stickiness->value = c.opaque ? "opaque" : "url";
    }
    if (c.buffered) to.buffering = model::buffering{100'000, 65'536, 100'000, 65'536, "ResponseCode() == 503 && Attempts() <= 2"};
    if (c.error_page) from.options.errors["e"] = {{"400-599", "204", "304"}, all.backends[1].name, "/page"};
    if (c.headers) {
      from.options.headers.emplace().custom_response_headers["X-Added"] = "a";
      from.options.headers->custom_response_headers["Server"] = "";
    }
    test::configuration next;
    next.backends.push_back(std::move(to));
    next.backends.push_back(all.backends[1]);
    next.frontends.push_back(std::move(from));
    next.frontends.push_back(all.frontends[1]);
    proxy_.server->publish({{"file", shared(next)}});
  }

  void run(const choices& c, std::string bytes) {
    {
      const std::lock_guard lock(mutex_);
      bytes_ = std::move(bytes);
      stays_ = c.stays;
    }
    publish(c);
    const std::string fields = "Host: h\r\n" + (c.cookie ? "Cookie: SRV=" + server_.url() + "\r\n" : std::string());
    raw_socket client = proxy_.connect();
    const std::string method = c.head ? "HEAD" : "GET";
    const std::string second = "GET /second HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n";
    // In one piece: a reset that a second send meets would not be seen by the read behind it.
    client.send(method + " /first HTTP/1.1\r\n" + fields + (c.again ? "\r\n" + second : "Connection: close\r\n\r\n"));
    const std::string got = client.read_all(patience(60'000ms));
    const peer_end end = client.end();
    std::string_view rest = got;
    require(end != peer_end::none, "the client is kept waiting");
    if (end != peer_end::reset) require(!got.empty(), "the client gets no answer");
    const bool whole = one_answer(rest, c.head, end);
    if (whole && c.again && !rest.empty()) second_answer(rest, end);
    else require(rest.empty() || !whole, "bytes behind the answer");
    raw_socket other = proxy_.connect();
    other.send(second);
    const std::string mine = other.read_all(patience(60'000ms));
    rest = mine;
    second_answer(rest, other.end());
    require(rest.empty(), "bytes behind another client's answer");
  }

 private:
  bool answer(fake_server::connection& c, recorded& r) {
    if (r.line().find(" /first ") == std::string::npos) {  // the second request, or the error page
      c.peer.send(ok(r.line().find(" /page ") != std::string::npos ? "page" : "second"));
      return true;
    }
    std::string bytes;
    bool stays;
    {
      const std::lock_guard lock(mutex_);
      bytes = bytes_;
      stays = stays_;
    }
    c.peer.send(bytes);
    if (stays) c.peer.half_close();  // nothing more will come, and the connection looks alive until that is read
    return stays;
  }

  /// Takes one final answer from the front. @return whether it was whole; else the connection must have shown the cut.
  static bool one_answer(std::string_view& rest, bool to_head, peer_end end) {
    for (;;) {
      proxy::http1::response_head head;
      proxy::http1::response_facts facts;
      const auto parsed = proxy::http1::parse_response(rest, head);
      if (parsed.state == proxy::http1::parse_state::incomplete) return false;
      require(parsed.state == proxy::http1::parse_state::complete, "the client gets a malformed head");
      require(!proxy::http1::examine_response(head, to_head, facts), "the client gets contradicting framing");
      rest.remove_prefix(parsed.bytes);
      if (head.status < 200 && head.status != 101) continue;
      require(head.status != 101, "a protocol that nobody asked for");
      return take_body(rest, facts.body, end);
    }
  }
  static bool take_body(std::string_view& rest, const proxy::http1::framing& body, peer_end end) {
    using proxy::http1::body_kind;
    if (body.kind == body_kind::length) {
      if (rest.size() < body.length) return false;
      rest.remove_prefix(body.length);
    } else if (body.kind == body_kind::until_close) {
      rest = {};
      return end != peer_end::reset;
    } else if (body.kind == body_kind::chunked) {
      proxy::http1::chunk_decoder d;
      while (!rest.empty()) {
        const auto s = d.next(rest);
        require(s.state != proxy::http1::chunk_decoder::state::bad, "the client gets malformed chunks");
        rest.remove_prefix(s.consumed);
        if (d.done()) return true;
      }
      return false;
    }
    return true;
  }
  static void second_answer(std::string_view& rest, peer_end end) {
    const std::string text(rest);
    if (!one_answer(rest, false, end)) return;
    const std::string_view whole(text.data(), text.size() - rest.size());
    const bool own = whole.starts_with("HTTP/1.1 50");  // the server failed often enough to be left alone
    require(own || (whole.starts_with("HTTP/1.1 200 ") && whole.ends_with("\r\n\r\nsecond")), "another answer than its own");
  }

  std::mutex mutex_;
  std::string bytes_;
  bool stays_ = false;
  fake_server server_;
  proxy_fixture proxy_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > most) return 0;
  static std::unique_ptr<lab> l;
  static unsigned runs = 0;
  if (runs++ % 500 == 0) l = std::make_unique<lab>();  // a fake server keeps its connections' threads and requests to the end
  l->run(choices_of(data[0], data[1]), fuzz::text_of(data + 2, size - 2));
  return 0;
}
