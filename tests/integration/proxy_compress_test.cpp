// gzip at an entry point (RFC 9110 sections 8.4 and 12.5.3, Traefik 1.7 section 8.7): what is compressed, what is left alone,
// and that nothing waits.
#include "proxy_fixture.hpp"
#include "random.hpp"

#include "catch.hpp"

#include <atomic>
#include <memory>

#include <zlib.h>

using namespace waggle;
using namespace waggle::test;

namespace {

proxy::options compressing() {
  auto o = default_options();
  o.entry_points[0].compress = true;
  return o;
}

/// Inflates what it is given, piece by piece.
class unzipper {
 public:
  unzipper() { inflateInit2(&z_, 15 + 16); }
  ~unzipper() { inflateEnd(&z_); }
  unzipper(const unzipper&) = delete;
  std::string operator()(std::string_view in) {
    std::string out;
    char piece[32 * 1024];
    z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    z_.avail_in = static_cast<uInt>(in.size());
    do {
      z_.next_out = reinterpret_cast<Bytef*>(piece);
      z_.avail_out = sizeof piece;
      const int rc = inflate(&z_, Z_NO_FLUSH);
      out.append(piece, sizeof piece - z_.avail_out);
      whole = rc == Z_STREAM_END;
      if (rc != Z_OK) break;
    } while (z_.avail_out == 0 || z_.avail_in > 0);
    return out;
  }
  bool whole = false;

 private:
  z_stream z_{};
};

std::string text_of(std::size_t size) {
  std::string out;
  for (unsigned i = 0; out.size() < size; ++i) out += "line " + std::to_string(i * 7919 % 1000) + " of something\n";
  out.resize(size);
  return out;
}

std::string chunked(std::string_view body, std::size_t piece, std::string_view fields = {}, std::string_view trailers = {}) {
  std::string out = "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Transfer-Encoding: chunked\r\n\r\n";
  char size[20];
  for (; !body.empty(); body.remove_prefix(std::min(piece, body.size()))) {
    const std::string_view one = body.substr(0, piece);
    std::snprintf(size, sizeof size, "%zx\r\n", one.size());
    out.append(size).append(one).append("\r\n");
  }
  return out + "0\r\n" + std::string(trailers) + "\r\n";
}

const std::string gzip_please = "Accept-Encoding: br;q=1.0, gzip;q=0.5\r\n";

}  // namespace

TEST_CASE("bodies of every framing come out whole", "[integration][proxy][compress]") {
  const std::size_t size = GENERATE(512u, 5'000u, 70'000u, 1'000'000u);
  const int kind = GENERATE(0, 1, 2);
  const bool noise = GENERATE(false, true);  // grows a little
  std::string body = text_of(size);
  if (noise) {
    test::random random(size);
    for (char& c : body) c = random.byte();
  }
  const std::string fields = "Content-Type: text/html\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nVary: Cookie\r\n";
  fake_server a([&](fake_server::connection& c, recorded&) {
    if (kind == 0) return c.peer.send(ok(body, fields));
    if (kind == 1) return c.peer.send(chunked(body, 3'000, fields));
    c.peer.send("HTTP/1.1 200 OK\r\n" + fields + "Connection: close\r\n\r\n" + body);
    return false;
  });
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
    const answer r = read_answer(client);
    CAPTURE(r.head);
    REQUIRE(r.status == 200);
    CHECK(r.complete);
    CHECK(r.field("Content-Encoding") == "gzip");
    CHECK(r.field("Vary") == "Cookie|Accept-Encoding");
    CHECK(r.field("Content-Length").empty());
    CHECK(r.field("Accept-Ranges").empty());
    CHECK(r.field("ETag") == "W/\"v1\"");
    unzipper unzip;
    CHECK(unzip(r.body) == body);
    CHECK(unzip.whole);
    if (!noise && size > 4'000) CHECK(r.body.size() < size / 2);
  }
  CHECK(a.requests()[0].field("Accept-Encoding") == "br;q=1.0, gzip;q=0.5");
}

TEST_CASE("who does not take gzip gets what the server sent", "[integration][proxy][compress]") {
  const std::string body = text_of(3'000);
  fake_server a(always(ok(body, "Content-Type: text/plain\r\n")));
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  const std::string fields = GENERATE("", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: gzip; q=0.000\r\n",
                                      "Accept-Encoding: gzip;q=yes\r\n", "Accept-Encoding: *\r\n", "Accept-Encoding: xgzip\r\n");
  const answer r = edge.get("/", fields);
  CHECK(r.body == body);
  CHECK(r.field("Content-Encoding").empty());
  CHECK(r.field("Content-Length") == "3000");
  CHECK(r.field("Vary") == "Accept-Encoding");
}

TEST_CASE("what must not or need not be compressed is left alone", "[integration][proxy][compress]") {
  const std::string body = text_of(3'000), small = text_of(511);
  const auto [name, sent] = GENERATE_COPY(table<std::string, std::string>({
      {"small", ok(small)},
      {"small chunked", chunked(small.substr(0, 400), 100)},
      {"encoded", ok(body, "Content-Encoding: br\r\n")},
      {"image", ok(body, "Content-Type: image/png\r\n")},
      {"video", ok(body, "Content-Type: Video/mp4\r\n")},
      {"no-transform", ok(body, "Cache-Control: public, No-Transform\r\n")},
      {"part", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-2999/9000\r\nContent-Length: 3000\r\n\r\n" + body},
      {"grpc", ok(body, "Content-Type: application/grpc\r\n")},
      {"none", "HTTP/1.1 204 No Content\r\n\r\n"},
      {"unchanged", "HTTP/1.1 304 Not Modified\r\nETag: \"v\"\r\nContent-Length: 3000\r\n\r\n"},
  }));
  CAPTURE(name);
  fake_server a(always(sent));
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  const answer r = read_answer(client, name == "unchanged");
  CHECK(r.complete);
  CHECK(r.field("Content-Encoding") == (name == "encoded" ? "br" : ""));
  CHECK(r.field("Vary") == "Accept-Encoding");
  CHECK((r.body == body || r.body == small || r.body == small.substr(0, 400) || r.body.empty()));
  if (name == "unchanged") CHECK(r.field("ETag") == "W/\"v\"");  // as the 200 would have had it (RFC 9110 section 15.4.5)
}

TEST_CASE("HEAD, HTTP/1.0 and gRPC requests, and entry points that do not compress", "[integration][proxy][compress]") {
  const std::string body = text_of(3'000);
  fake_server a([&](fake_server::connection& c, recorded& r) {
    return c.peer.send(r.line().starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" : ok(body));
  });
  proxy_fixture edge(compressing()), plain;
  edge.to({server_on(a.port())});
  plain.to({server_on(a.port())});
  raw_socket head = edge.connect();
  head.send("HEAD / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  const answer to_head = read_answer(head, true);
  CHECK(to_head.field("Content-Length").empty());  // GET would tell another one (RFC 9110 section 8.6)
  CHECK(to_head.field("Content-Encoding") == "gzip");
  CHECK(to_head.field("Vary") == "Accept-Encoding");
  raw_socket old = edge.connect();
  old.send("GET / HTTP/1.0\r\nHost: h\r\n" + gzip_please + "\r\n");
  CHECK(read_answer(old).body == body);
  const answer grpc = edge.get("/", gzip_please + "Content-Type: application/grpc+proto\r\n");
  CHECK(grpc.body == body);
  CHECK(grpc.field("Vary").empty());
  const answer off = plain.get("/", gzip_please);
  CHECK(off.body == body);
  CHECK(off.field("Vary").empty());
}

TEST_CASE("HEAD and 304 tell what GET would tell", "[integration][proxy][compress]") {
  const std::string body = text_of(3'000),
                    fields = "Content-Type: text/plain\r\nETag: \"v1\"\r\nAccept-Ranges: bytes\r\nRepr-Digest: sha-256=:x:\r\n";
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (!r.field("If-None-Match").empty()) return c.peer.send("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\nContent-Length: 3000\r\n\r\n");
    return c.peer.send(r.line().starts_with("HEAD") ? "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 3000\r\n\r\n" : ok(body, fields));
  });
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  const auto ask = [&](const std::string& method, const std::string& more) {
    raw_socket c = edge.connect();
    c.send(method + " / HTTP/1.1\r\nHost: h\r\n" + more + "\r\n");
    return read_answer(c, method == "HEAD");
  };
  const answer get = ask("GET", gzip_please), head = ask("HEAD", gzip_please);
  for (const char* name : {"ETag", "Content-Encoding", "Vary", "Content-Type", "Accept-Ranges", "Repr-Digest"}) {
    CAPTURE(name);
    CHECK(head.field(name) == get.field(name));
  }
  CHECK(head.field("ETag") == "W/\"v1\"");
  CHECK(head.field("Content-Length").empty());
  const answer gzipped = ask("GET", gzip_please + "If-None-Match: W/\"v1\"\r\n");
  CHECK(gzipped.status == 304);
  CHECK(gzipped.field("ETag") == "W/\"v1\"");
  CHECK(gzipped.field("Content-Length").empty());
  CHECK(gzipped.field("Content-Encoding").empty());
  const answer plain = ask("GET", gzip_please + "If-None-Match: \"v1\"\r\n");  // its copy is not gzipped
  CHECK(plain.field("ETag") == "\"v1\"");
  CHECK(plain.field("Content-Length") == "3000");
  CHECK(ask("HEAD", "").field("Content-Length") == "3000");
  CHECK(ask("HEAD", "").field("ETag") == "\"v1\"");
}

TEST_CASE("what the server has sent is with the client before it sends more", "[integration][proxy][compress]") {
  const bool events = GENERATE(false, true);
  const std::string type = events ? "text/event-stream" : "text/plain";
  std::atomic<int> heard{0};
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      c.peer.send("8\r\ndata: " + std::to_string(i % 10) + "\n\r\n");
      if (!eventually([&] { return heard > i; })) return false;
    }
    return c.peer.send("0\r\n\r\n");
  });
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  const std::string head = client.read_until("\r\n\r\n");
  CHECK(field(head, "Content-Encoding") == (events ? "" : "gzip"));  // events pass as they are
  unzipper unzip;
  std::string all;
  for (;;) {
    const std::size_t size = std::strtoul(client.read_until("\r\n").c_str(), nullptr, 16);
    const std::string piece = client.read_exactly(size + 2);
    if (size == 0 || piece.size() != size + 2) break;
    all += events ? piece.substr(0, size) : unzip(piece.substr(0, size));
    heard = static_cast<int>(std::count(all.begin(), all.end(), '\n'));
  }
  CHECK(heard == 20);
  if (!events) CHECK(unzip.whole);
}

TEST_CASE("trailers follow a compressed body, and a cut answer looks cut", "[integration][proxy][compress]") {
  const std::string body = text_of(100'000);
  std::atomic<bool> cut{false};
  fake_server a([&](fake_server::connection& c, recorded&) {
    const std::string all = chunked(body, 1'000, "Trailer: X-Sum\r\n", "X-Sum: 42\r\n");
    c.peer.send(cut ? all.substr(0, all.size() / 2) : all);
    return !cut.load();
  });
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "Connection: close\r\n\r\n");
  const std::string all = client.read_all();
  CHECK(all.find("Trailer: X-Sum\r\n") != std::string::npos);
  CHECK(all.ends_with("\r\n0\r\nX-Sum: 42\r\n\r\n"));
  cut = true;
  raw_socket second = edge.connect();
  second.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  CHECK_FALSE(read_answer(second).complete);
  CHECK(second.wait_end() != peer_end::none);
}

TEST_CASE("a client that reads slowly holds up neither the worker nor its memory", "[integration][proxy][compress]") {
  std::string body(4'000'000, ' ');
  test::random random(7);
  for (char& c : body) c = random.byte();
  fake_server a(
      [&](fake_server::connection& c, recorded& r) { return c.peer.send(r.line().find("/small") != std::string::npos ? ok("s") : ok(body)); });
  proxy_fixture edge(compressing());
  edge.to({server_on(a.port())});
  raw_socket slow = edge.connect(4'096);
  slow.send("GET /big HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  REQUIRE(eventually([&] { return slow.receive(); }));
  CHECK(edge.get("/small").body == "s");
  const answer r = read_answer(slow);
  CHECK(r.complete);
  unzipper unzip;
  CHECK(unzip(r.body) == body);
}

TEST_CASE("the compressor of an answer that was bad in its first bytes is not the next one's", "[integration][proxy][compress][retry]") {
  const std::string second =
      GENERATE(std::string("HTTP/1.1 204 No Content\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok"));
  std::atomic<int> asked{0};
  fake_server a([&](fake_server::connection& c, recorded& r) {
    if (r.line().find("/last") != std::string::npos) return c.peer.send(ok("last"));
    if (++asked > 1) return c.peer.send(second);
    c.peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    return false;
  });
  proxy_fixture edge(compressing());
  test::configuration c = configuration_of({{"PathPrefix:/", {server_on(a.port())}}});
  c.backends[0].buffering.emplace().retry_expression = "IsNetworkError() && Attempts() <= 2";
  edge.server->publish({{"docker", std::make_shared<const model::configuration>(std::move(c))}});
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
  raw_socket client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n" + gzip_please + "\r\n");
  const answer got = read_answer(client);
  CHECK(asked == 2);
  CHECK((got.status == 204 || got.body == "ok"));
  CHECK(got.field("Content-Encoding") != "gzip");
  client.send("GET /last HTTP/1.1\r\nHost: h\r\n\r\n");  // nothing stands behind the first answer
  const answer next = read_answer(client);
  CHECK(next.status == 200);
  CHECK(next.body == "last");
}
