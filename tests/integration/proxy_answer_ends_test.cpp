// Every way in which an answer can end, with everything that can stand between it and the client: each answer carries its
// request's number, and no byte of one answer may be found in another (RFC 9112 sections 6.3 and 9.2).
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <atomic>
#include <functional>
#include <set>

using namespace waggle::test;

namespace answer_ends {  // compiled together with other files, whose names are as short
namespace {

std::string number_of(const recorded& r) { return r.field("X-Number"); }
std::string body_of(const std::string& number) { return "answer to " + number + ";"; }
std::string fields_of(const std::string& number) { return "X-Answers: " + number + "\r\n"; }
std::string good(const std::string& number) { return ok(body_of(number), fields_of(number)); }
const std::string poison = "HTTP/1.1 200 OK\r\nX-Answers: poison\r\nContent-Length: 6\r\n\r\npoison";

/// How a server answers once. `%s`: the status line's end; what is owed comes when the connection is used again.
struct shape {
  const char* name;
  std::function<std::string(const std::string& status, const std::string& number)> bytes;
  bool ends = false;      ///< … and closes
  bool owes = false;      ///< the rest comes later, if anybody is there: only for answers that waggle does not wait for
  bool reusable = false;  ///< nothing speaks against the connection
};

std::string head(const std::string& status, const std::string& number, const std::string& more = "") {
  return "HTTP/1.1 " + status + "\r\n" + fields_of(number) + more;
}
std::string chunk(const std::string& s) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx\r\n", s.size());
  return size + s + "\r\n";
}
std::string sized(const std::string& body) { return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body; }

const std::vector<shape>& shapes() {
  using str = const std::string&;
  static const std::string large(300'000, 'x');
  static const std::vector<shape> all = {
      {"length", [](str s, str n) { return head(s, n) + sized(body_of(n)); }, false, false, true},
      {"length, then more", [](str s, str n) { return head(s, n) + sized(body_of(n)) + poison; }},
      {"length, close", [](str s, str n) { return head(s, n, "Connection: close\r\n") + sized(body_of(n)); }, true},
      {"length, cut", [](str s, str n) { return head(s, n, "Content-Length: 1000\r\n\r\n") + body_of(n); }, true},
      {"large", [](str s, str n) { return head(s, n) + sized(body_of(n) + large); }, false, false, true},
      {"large, then more", [](str s, str n) { return head(s, n) + sized(body_of(n) + large) + poison; }},
      {"large, cut", [](str s, str n) { return head(s, n, "Content-Length: 400000\r\n\r\n") + body_of(n) + large; }, true},
      {"chunked", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + chunk(""); }, false, false, true},
      {"chunked with trailers",
       [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + "0\r\nT: x\r\n\r\n"; }, false, false, true},
      {"chunked, then more", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + chunk("") + poison; }},
      {"chunked, cut", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + "5\r\nab"; }, true},
      {"chunked, broken", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + "zz\r\n" + poison; }},
      {"until close", [](str s, str n) { return head(s, n, "\r\n") + body_of(n); }, true},
      {"1.0", [](str s, str n) { return "HTTP/1.0 " + s + "\r\n" + fields_of(n) + "\r\n" + body_of(n); }, true},
      {"no body", [](str s, str n) { return head(s, n, "Content-Length: 0\r\n\r\n"); }, false, false, true},
      {"no body, then some", [](str s, str n) { return head(s, n, "Content-Length: 0\r\n\r\n") + poison; }},
      {"hints first",
       [](str s, str n) { return "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + head(s, n) + sized(body_of(n)); },
       false, false, true},
      {"two answers", [](str s, str n) { return head(s, n) + sized(body_of(n)) + head(s, "poison") + sized("poison"); }},
      {"a switch nobody asked for",
       [](str, str) { return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + poison; }},
      {"no HTTP", [](str, str) { return "hello " + poison; }},
      {"both framings",
       [](str s, str n) { return head(s, n, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)) + chunk("") + poison; }},
      {"nothing", [](str, str) { return std::string(); }, true},
      {"first part of a length", [](str s, str n) { return head(s, n, "Content-Length: 1000\r\n\r\n") + body_of(n); }, false, true},
      {"first chunk", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk(body_of(n)); }, false, true},
      {"head of chunks", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n"); }, false, true},
  };
  return all;
}

/// A server that answers each number once in that shape, and well ever after.
class odd_server {
 public:
  odd_server(const shape& how, std::string status)
      : how_(how), status_(std::move(status)), server([this](auto& c, auto& r) { return answer_to(c, r); }) {}
  std::atomic<int> reused{0};  ///< requests on a connection that must not have had them

 private:
  bool answer_to(fake_server::connection& c, const recorded& r) {
    const std::string n = number_of(r);
    const std::lock_guard lock(mutex_);
    if (odd_.contains(c.number)) {
      if (!how_.reusable) ++reused;
      if (how_.owes) c.peer.send(poison);  // what was owed to the one before
    }
    if (!r.line().starts_with("GET /odd") && r.line().find(" /odd") == std::string::npos)
      return c.peer.send(r.line().starts_with("HEAD") ? head("200 OK", n, "Content-Length: 0\r\n\r\n") : good(n));
    if (!seen_.insert(n).second) return c.peer.send(good(n));
    odd_.insert(c.number);
    return c.peer.send(how_.bytes(status_, n)) && !how_.ends;
  }
  const shape& how_;
  const std::string status_;
  std::mutex mutex_;
  std::set<std::string> seen_;
  std::set<int> odd_;

 public:
  fake_server server;
};

enum class between { nothing, page, held, retry, gzip };

struct edge : proxy_fixture {
  explicit edge(between what) : proxy_fixture(options_for(what)), what_(what), pages(always(ok("page"))) {}
  static waggle::proxy::options options_for(between what) {
    auto o = default_options();
    o.workers = 1;
    o.entry_points[0].compress = what == between::gzip;
    return o;
  }
  void lead_to(std::uint16_t server_port) {
    auto c = configuration_of({{"PathPrefix:/", {server_on(server_port)}}, {"Host:pages", {server_on(pages.port())}}});
    if (what_ == between::page) c.frontends[0].options.errors["e"] = {{"204", "304", "404", "503"}, c.backends[1].name, "/"};
    if (what_ == between::held) {
      c.backends[0].buffering.emplace();
      c.backends[0].buffering->max_response_body_bytes = 10'000'000;
    }
    if (what_ == between::retry) {
      c.backends[0].buffering.emplace();
      c.backends[0].buffering->retry_expression = "ResponseCode() == 503 && Attempts() <= 2";
    }
    ++generation_;
    server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
    eventually([&] { return stats().generation >= generation_; });
  }
  /// Does waggle put something in the place of an answer with this status?
  bool replaces(const std::string& status) const {
    return (what_ == between::page && status[0] != '2') || (what_ == between::page && status.starts_with("204")) ||
           (what_ == between::retry && status.starts_with("503"));
  }
  const between what_;
  fake_server pages;
  std::uint64_t generation_ = 0;
};

/// What a client may get: the answer to its own request, a page, or a word of waggle's. Nothing of another answer.
void check_own(const answer& a, const std::string& number) {
  CHECK(a.head.find("poison") == std::string::npos);
  CHECK(a.body.find("poison") == std::string::npos);
  const std::string of = a.field("X-Answers");
  CHECK((of.empty() || of == number));
  for (std::size_t at = a.body.find("answer to "); at != std::string::npos; at = a.body.find("answer to ", at + 1))
    CHECK(a.body.compare(at, body_of(number).size(), body_of(number)) == 0);
}

std::string request(const std::string& method, const std::string& path, int number) {
  std::string out = method + " " + path + " HTTP/1.1\r\nHost: h\r\nAccept-Encoding: identity\r\nX-Number: " + std::to_string(number) + "\r\n";
  return out + (method == "POST" ? "Content-Length: 3\r\n\r\nabc" : "\r\n");
}

/// Behind interim ones.
answer final_answer(raw_socket& from, bool to_head = false) {
  for (;;) {
    answer a = read_answer(from, to_head);
    if (a.status < 100 || a.status > 199) return a;
  }
}

void check_shape(edge& e, const shape& how, const std::string& status, const std::string& method, int& number) {
  CAPTURE(how.name, status, method, static_cast<int>(e.what_));
  odd_server s(how, status);
  e.lead_to(s.server.port());
  raw_socket client = e.connect(), other = e.connect();
  const int odd = ++number;
  client.send(request(method, "/odd", odd));
  const answer a = final_answer(client, method == "HEAD");
  if (how.reusable) CHECK(a.complete);
  check_own(a, std::to_string(odd));
  // Another client, and then the same one if its connection goes on.
  for (raw_socket* const c : {&other, &client}) {
    const int next = ++number;
    const bool sent = c->send(request("GET", "/good", next));
    const answer b = sent ? final_answer(*c) : answer{};
    if (c == &client && b.status == 0) {  // the connection ended with the answer: it was cut, or said that it would
      CHECK((!a.complete || a.status == 0 || a.field("Connection") == "close" ||
             (a.field("Content-Length").empty() && a.field("Transfer-Encoding").empty())));
      continue;
    }
    CHECK(b.status == 200);
    CHECK(b.complete);
    CHECK(b.body == body_of(std::to_string(next)));
    CHECK(b.field("X-Answers") == std::to_string(next));
  }
  CHECK(s.reused == 0);
}

}  // namespace

TEST_CASE("however an answer ends, the next one is whole and its own", "[integration][proxy][reuse][ends]") {
  const between what = GENERATE(between::nothing, between::page, between::held, between::retry, between::gzip);
  edge e(what);
  int number = 0;
  for (const shape& how : shapes())
    for (const char* const status : {"200 OK", "404 Not Found", "503 Service Unavailable"})
      for (const char* const method : {"GET", "POST"})
        if (!how.owes || e.replaces(status)) check_shape(e, how, status, method, number);
}

TEST_CASE("bytes behind an answer that has no body are nobody's, whatever takes its place", "[integration][proxy][reuse][ends]") {
  const between what = GENERATE(between::nothing, between::page, between::held, between::retry, between::gzip);
  using str = const std::string&;
  const shape bodiless[] = {
      {"nothing behind", [](str s, str n) { return head(s, n, "\r\n"); }, false, false, true},
      {"a body", [](str s, str n) { return head(s, n) + sized("poison"); }},
      {"an answer", [](str s, str n) { return head(s, n, "\r\n") + poison; }},
      {"chunks", [](str s, str n) { return head(s, n, "Transfer-Encoding: chunked\r\n\r\n") + chunk("poison") + chunk(""); }},
      {"a part, and the rest later", [](str s, str n) { return head(s, n, "Content-Length: 100\r\n\r\n") + "poi"; }, false, true},
  };
  edge e(what);
  int number = 0;
  for (const shape& how : bodiless) {
    for (const char* const status : {"204 No Content", "304 Not Modified"}) check_shape(e, how, status, "GET", number);
    for (const char* const status : {"200 OK", "404 Not Found", "503 Service Unavailable"}) check_shape(e, how, status, "HEAD", number);
  }
  const shape promised{"a 204 that promises a body", [](str s, str n) { return head(s, n, "Content-Length: 100\r\n\r\n"); }, false, true};
  check_shape(e, promised, "204 No Content", "GET", number);
}

TEST_CASE("an answer that comes before its request is whole leaves no half request behind", "[integration][proxy][reuse][ends]") {
  const bool chunked = GENERATE(true, false);
  // Answers at once, and takes whatever comes next on that connection for the rest of the body.
  std::atomic<int> confused{0};
  fake_server a(
      [&](fake_server::connection& c, recorded& r) {
        if (c.requests > 1 && !r.line().starts_with("GET /good")) ++confused;
        return c.peer.send(good(number_of(r)));
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(), other = edge.connect();
  client.send("POST /odd HTTP/1.1\r\nHost: h\r\nX-Number: 1\r\n" +
              std::string(chunked ? "Transfer-Encoding: chunked\r\n\r\n5\r\nab" : "Content-Length: 5\r\n\r\nab"));
  const answer first = read_answer(client);
  CHECK(first.body == body_of("1"));
  other.send(request("GET", "/good", 2));
  CHECK(read_answer(other).body == body_of("2"));
  client.send(chunked ? "cde\r\n0\r\n\r\n" : "cde");
  client.send(request("GET", "/good", 3));
  if (const answer again = read_answer(client); again.status != 0) CHECK(again.body == body_of("3"));
  CHECK(confused == 0);
  CHECK(a.connections() >= 2);
}

TEST_CASE("waggle's own answer comes behind hints that the client was slow to take, not into them", "[integration][proxy][reuse][ends]") {
  const std::string hint = "HTTP/1.1 103 Early Hints\r\nLink: " + std::string(30'000, 'h') + "\r\n\r\n";
  std::atomic<std::size_t> sent{0};
  fake_server a(
      [&](fake_server::connection& c, recorded&) {
        for (int i = 0; i < 30; ++i) {
          if (!c.peer.send(hint)) return false;
          sent += hint.size();
        }
        return true;
      },
      false);
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect(4096);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  CHECK(comes_to_rest([&] { return sent.load(); }));  // what the client does not take, waggle holds
  client.send("zz\r\n");                              // no chunk: 400
  std::string got = client.read_all();
  std::size_t hints = 0;
  for (; got.starts_with(hint); ++hints) got.erase(0, hint.size());
  CHECK(hints > 0);
  CHECK(got.substr(0, 12) == "HTTP/1.1 400");
}

}  // namespace answer_ends
