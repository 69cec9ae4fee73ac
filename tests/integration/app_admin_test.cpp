// The API's server behind the data path, over real sockets: keep-alive, bodies, and clients that behave badly.
#include "admin/server.hpp"
#include "api_fixture.hpp"
#include "ask/healthcheck.hpp"

#include "catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace waggle;
using namespace waggle::app;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using std::chrono::milliseconds;

namespace {

/// 40 pieces of 50,000 bytes and one of one byte; or an exception in the middle.
struct counted_pieces : admin::body_source {
  explicit counted_pieces(bool breaks) : breaks_(breaks) {}
  void next(std::string& piece) override {
    if (breaks_ && made_ == 20) throw std::runtime_error("on purpose");
    if (made_++ < 40) piece.assign(50'000, static_cast<char>('a' + made_ % 26));
    else if (made_ == 41) piece = "!";
  }
  bool breaks_;
  int made_ = 0;
};

struct running_server {
  explicit running_server(admin::server_limits limits = {})
      : api([this](const admin::request& r) { return answer(r); }, {.limits = limits, .everything = "PathPrefix:/"}), port(api.port) {}
  admin::response answer(const admin::request& r) {
    if (r.target == "/throw") throw std::runtime_error("on purpose");
    if (r.target == "/big") return {.status = 200, .content_type = "text/plain", .body = std::string(4 * 1024 * 1024, 'x')};
    if (r.target == "/shared") return {.status = 200, .content_type = "text/plain", .shared = text};
    if (r.target == "/pieces" || r.target == "/broken")
      return {.status = 200, .content_type = "text/plain", .pieces = std::make_shared<counted_pieces>(r.target == "/broken")};
    if (r.target == "/ping" || r.target == "/ready")
      return {.status = ready ? 200U : 503U, .content_type = "text/plain", .body = ready ? "OK" : "no"};
    if (r.target == "/moved") return {.status = 301, .content_type = {}, .body = {}, .location = "/ping"};
    return {.status = 404, .content_type = "text/plain", .body = r.method + ' ' + r.target, .location = {}, .nosniff = true};
  }

  std::atomic<bool> ready{true};
  const std::shared_ptr<const std::string> text = std::make_shared<const std::string>(8 * 1024 * 1024, 's');
  waggle::test::api_fixture api;
  std::uint16_t port = 0;
};

class client {
 public:
  explicit client(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~client() { close(fd_); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  bool say(const std::string& text) const { return send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()); }
  void end_writing() const { shutdown(fd_, SHUT_WR); }
  /// Reads until `text` has come, or to the end if it never does.
  std::string hear(const std::string& text) const {
    std::string all;
    std::array<char, 65536> part{};
    while (all.find(text) == std::string::npos) {
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, 10'000) != 1) return all + "<nothing came>";
      const ssize_t n = recv(fd_, part.data(), part.size(), 0);
      if (n <= 0) break;
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }
  std::string hear_all() const { return hear(std::string(1, '\0') + "never"); }

 private:
  int fd_;
};

std::string ask(std::uint16_t port, const std::string& request) {
  const client c(port);
  c.say(request);
  return c.hear_all();
}

}  // namespace

TEST_CASE("one connection, many requests", "[integration][app][admin]") {
  running_server s;
  const client c(s.port);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(c.say("GET /ping HTTP/1.1\r\nHost: h\r\n\r\n"));
    const std::string answer = c.hear("OK");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(answer, Contains("Content-Length: 2\r\n"));
    CHECK_THAT(answer, !Contains("Connection: close"));
  }
  REQUIRE(c.say("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string both = c.hear_all();
  CHECK(both.find("GET /a") < both.find("GET /b"));
  CHECK_THAT(both, Contains("X-Content-Type-Options: nosniff\r\n"));
  CHECK_THAT(both, Contains("Connection: close\r\n"));
}

TEST_CASE("HEAD has the length but no body", "[integration][app][admin]") {
  running_server s;
  const std::string answer = ask(s.port, "HEAD /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK_THAT(answer, Contains("Content-Length: 2\r\n"));
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
}

namespace {

/// The body of a chunked answer; nothing if its end is missing.
std::optional<std::string> unchunked(const std::string& answer) {
  std::string body;
  for (std::size_t at = answer.find("\r\n\r\n") + 4; at < answer.size();) {
    const std::size_t size = std::stoul(answer.substr(at), nullptr, 16), from = answer.find("\r\n", at) + 2;
    if (size == 0) return answer.substr(from) == "\r\n" ? std::optional(body) : std::nullopt;
    if (answer.substr(from + size, 2) != "\r\n") return std::nullopt;
    body += answer.substr(from, size);
    at = from + size + 2;
  }
  return std::nullopt;
}

std::string all_pieces() {
  counted_pieces source(false);
  std::string all, piece;
  do {
    all += piece;
    piece.clear();
    source.next(piece);
  } while (!piece.empty());
  return all;
}

}  // namespace

TEST_CASE("a body in pieces arrives whole, and the connection goes on", "[integration][app][admin]") {
  running_server s;
  const client c(s.port);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(c.say("GET /pieces HTTP/1.1\r\nHost: h\r\n\r\n"));
    const std::string answer = c.hear("\r\n0\r\n\r\n");
    CHECK_THAT(answer, Contains("Transfer-Encoding: chunked\r\n"));
    CHECK_THAT(answer, !Contains("Content-Length"));
    CHECK(unchunked(answer) == all_pieces());
  }
  REQUIRE(c.say("HEAD /pieces HTTP/1.1\r\nHost: h\r\n\r\nGET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  const std::string heads = c.hear_all();
  CHECK_THAT(heads, Contains("Content-Type: text/plain\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_CASE("one text is sent to many, and given up with the last of them", "[integration][app][admin]") {
  running_server s;
  const client slow(s.port);
  REQUIRE(slow.say("GET /shared HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  REQUIRE(waggle::test::eventually([&] { return s.text.use_count() == 2; }));  // it does not read
  const std::string answer = ask(s.port, "GET /shared HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK_THAT(answer, Contains("Content-Length: 8388608\r\n"));
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == *s.text);
  CHECK_THAT(ask(s.port, "HEAD /shared HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), Contains("Content-Length: 8388608\r\n"));
  CHECK(slow.hear_all().size() > s.text->size());
  CHECK(waggle::test::eventually([&] { return s.text.use_count() == 1; }));
}

TEST_CASE("HTTP/1.0 gets pieces without their sizes, up to the end of the connection", "[integration][app][admin]") {
  running_server s;
  const std::string answer = ask(s.port, "GET /pieces HTTP/1.0\r\n\r\n");
  CHECK_THAT(answer.substr(0, 300), !Contains("chunked") && !Contains("Content-Length") && Contains("Connection: close\r\n"));
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == all_pieces());
}

TEST_CASE("pieces that cannot be made to the end do not look whole", "[integration][app][admin]") {
  running_server s;
  const std::string answer = ask(s.port, "GET /broken HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(answer.size() > 900'000);
  CHECK_FALSE(unchunked(answer));
  CHECK(s.api.sink.errors == 1);
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), Contains("OK"));
}

TEST_CASE("HTTP/1.0, redirects, exceptions, bodies", "[integration][app][admin]") {
  running_server s;
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.0\r\n\r\n"), Contains("Connection: close\r\n") && Contains("\r\n\r\nOK"));
  CHECK_THAT(ask(s.port, "GET /moved HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 301 ") && Contains("Location: /ping\r\n"));
  CHECK_THAT(ask(s.port, "GET /throw HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
  CHECK(s.api.sink.errors == 1);
  CHECK_THAT(ask(s.port, "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
             StartsWith("HTTP/1.1 404 ") && Contains("Connection: close") && Contains("POST /x"));
  CHECK_THAT(ask(s.port, "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 99999\r\n\r\n" + std::string(30'000, 'x')),
             StartsWith("HTTP/1.1 404 "));
}

TEST_CASE("what is no HTTP, or too long, is refused", "[integration][app][admin]") {
  running_server s;
  CHECK_THAT(ask(s.port, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(ask(s.port, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)), StartsWith("HTTP/1.1 400 "));
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.1\r\nX: " + std::string(70'000, 'x')), StartsWith("HTTP/1.1 431 "));
  const client half(s.port);
  half.say("GET /pi");
  half.end_writing();
  CHECK(half.hear_all().empty());
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a head that the proxy takes and Beast does not is refused, not served", "[integration][app][admin]") {
  running_server s({.head_bytes = 2'000});
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
             StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("clients that leave in the middle of an answer hurt nobody", "[integration][app][admin]") {
  running_server s;
  for (int i = 0; i < 10; ++i) {
    const client c(s.port);
    c.say("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    c.hear("xxxx");
  }
  CHECK(ask(s.port, "GET /big HTTP/1.0\r\n\r\n").size() > 4 * 1024 * 1024);
}

TEST_CASE("a client that does not read holds up nobody", "[integration][app][admin]") {
  running_server s({.write = milliseconds{50}});
  const client c(s.port);
  for (int i = 0; i < 4; ++i) c.say("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_THAT(ask(s.port, "GET /ping HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("stopping ends open connections", "[integration][app][admin]") {
  running_server s;
  const client c(s.port);
  c.say("GET /ping HTTP/1.1\r\nHost: h\r\n\r\n");
  c.hear("OK");
  s.api.edge.reset();
  CHECK(c.hear_all().empty());
}

TEST_CASE("healthcheck asks whether the own process is ready, and says why not", "[integration][app][healthcheck]") {
  running_server s;
  const std::string address = "127.0.0.1:" + std::to_string(s.port);
  CHECK(healthcheck(address, milliseconds{5'000}).has_value());
  s.ready = false;
  const auto stopping = healthcheck(address, milliseconds{5'000});
  REQUIRE_FALSE(stopping.has_value());
  CHECK(stopping.error().reason == address + "/ready: 503 Service Unavailable: no");
}

TEST_CASE("healthcheck ends when nobody answers", "[integration][app][healthcheck]") {
  const int silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  REQUIRE(bind(silent, reinterpret_cast<const sockaddr*>(&where), size) == 0);
  REQUIRE(getsockname(silent, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
  const auto refused = healthcheck(address, milliseconds{5'000});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().reason == address + "/ready: Connection refused");
  REQUIRE(listen(silent, 1) == 0);
  const auto mute = healthcheck(address, milliseconds{50});
  REQUIRE_FALSE(mute.has_value());
  CHECK(mute.error().reason == address + "/ready: no answer in time");
  close(silent);
}
