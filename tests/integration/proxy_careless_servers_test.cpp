// Servers that write HTTP with less care than its specification asks for: what has one way to be read is passed on, well written;
// what has not is a 502 as long as nothing of the answer has gone out, and the log says why.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <mutex>

using namespace waggle::test;

namespace {

struct told_lines final : waggle::base::log_sink {
  std::mutex mutex;
  std::vector<std::string> lines;
  void write(waggle::base::log_level, std::string line) noexcept override {
    const std::lock_guard lock(mutex);
    lines.push_back(std::move(line));
  }
  std::vector<std::string> with(const std::string& text) {
    const std::lock_guard lock(mutex);
    std::vector<std::string> out;
    for (const std::string& l : lines)
      if (l.find(text) != std::string::npos) out.push_back(l);
    return out;
  }
};

}  // namespace

TEST_CASE("answers of careless servers are passed on, written as they ought to be", "[integration][proxy][careless]") {
  struct row {
    std::string answer, body, gone;
  };
  const row rows[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5   \r\nhello\r\n0   \r\n\r\n", "hello", "Content-Length"},
      {"HTTP/1.1 200 OK\r\nX-Kept : 1\r\nContent-Length : 5\r\n\r\nhello", "hello", "X-Kept "},
      {"HTTP/1.1 200 OK\nX-Kept: 1\nContent-Length: 5\n\nhello", "hello", ""},
      {"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"HTTP/1.1 200 OK\r\nX-Kept: a\r\n\tb\r\nContent-Length: 5\r\n\r\nhello", "hello", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", "Content-Length"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", "hello", "Transfer-Encoding"},
  };
  const std::size_t i = GENERATE(range(std::size_t{0}, std::size_t{8}));
  const bool in_pieces = GENERATE(false, true);
  CAPTURE(rows[i].answer, in_pieces);
  fake_server a([&](fake_server::connection& c, recorded&) {
    if (!in_pieces) return c.peer.send(rows[i].answer);
    for (const char byte : rows[i].answer)
      if (!c.peer.send(std::string(1, byte))) return false;
    return true;
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  const answer r = read_answer(client);
  CHECK(r.status == 200);
  CHECK(r.complete);
  CHECK(r.body == rows[i].body);
  CHECK(r.head.find("\r\n\t") == std::string::npos);
  if (!rows[i].gone.empty()) CHECK(r.head.find("\r\n" + rows[i].gone + ":") == std::string::npos);
  client.send(get_root);  // the client's connection goes on
  CHECK(read_answer(client).body == rows[i].body);
}

TEST_CASE("a body that cannot be read from its first bytes on is a 502, not a cut 200", "[integration][proxy][careless]") {
  const std::string body = GENERATE(as<std::string>{}, "hello", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\r\nx\r\n");
  fake_server a([&](fake_server::connection& c, recorded& r) {
    return c.peer.send(r.line().starts_with("GET /good") ? ok("good") : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  const answer r = read_answer(client);
  CHECK(r.status == 502);
  CHECK(r.body == "Bad Gateway");
  client.send("GET /good HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(read_answer(client).body == "good");
}

TEST_CASE("a body that goes wrong later looks cut", "[integration][proxy][careless]") {
  gate wrong;
  fake_server a([&](fake_server::connection& c, recorded&) {
    c.peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    wrong.pass();
    return c.peer.send("5\r\nworld\r\nx\r\n");
  });
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  raw_socket client = edge.connect();
  client.send(get_root);
  CHECK(client.read_until("hello\r\n") != "");
  wrong.open = true;
  const std::string rest = client.read_all();
  CHECK(rest.find("0\r\n\r\n") == std::string::npos);
  if (client.end() == peer_end::fin) CHECK(rest.find("world") != std::string::npos);  // a reset may overtake it
}

TEST_CASE("a status above 599 is the application's own", "[integration][proxy][careless]") {
  const unsigned status = GENERATE(600u, 799u, 999u);
  fake_server a(always("HTTP/1.1 " + std::to_string(status) + " Own Reason\r\nX-App: 1\r\nContent-Length: 4\r\n\r\ntext"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  const answer r = edge.get();
  CHECK(r.status == status);
  CHECK(r.head.find("Own Reason") != std::string::npos);
  CHECK(r.field("X-App") == "1");
  CHECK(r.body == "text");
  CHECK(eventually([&] { return edge.stats().status[status] == 1; }));
}

TEST_CASE("large heads of answers pass, up to limits that can be set", "[integration][proxy][careless][limits]") {
  fake_server a([](fake_server::connection& c, recorded& r) {
    const std::string line = r.line();
    const std::size_t n = static_cast<std::size_t>(std::stoul(line.substr(line.find("?") + 1)));
    std::string head = "HTTP/1.1 200 OK\r\n";
    if (line.starts_with("GET /fields"))
      for (std::size_t i = 1; i < n; ++i) head += "Set-Cookie: c" + std::to_string(i) + "=1\r\n";
    else head += "X-Large: " + std::string(n, 'x') + "\r\n";
    return c.peer.send(head + "Content-Length: 2\r\n\r\nok");
  });
  struct row {
    std::size_t bytes, fields;
    std::string path;
    unsigned status;
  };
  const row rows[] = {
      {0, 0, "/bytes?60000", 200},      {0, 0, "/bytes?200000", 200},
      {0, 0, "/bytes?300000", 502},     {0, 0, "/fields?1000", 200},
      {0, 0, "/fields?1001", 502},      {8'192, 20, "/bytes?7000", 200},
      {8'192, 20, "/bytes?30000", 502}, {8'192, 20, "/fields?20", 200},
      {8'192, 20, "/fields?21", 502},   {1'048'576, 1'024, "/bytes?1000000", 200},
  };
  for (const row& r : rows) {
    CAPTURE(r.bytes, r.fields, r.path);
    auto o = default_options();
    if (r.bytes != 0) o.limits.response_head_bytes = r.bytes;
    if (r.fields != 0) o.limits.response_fields = r.fields;
    proxy_fixture edge(o);
    edge.to({server_on(a.port())});
    const answer got = edge.get(r.path);
    CHECK(got.status == r.status);
    if (r.status == 200) CHECK(got.body == "ok");
  }
}

TEST_CASE("the log tells why an answer is waggle's own 502, and not a thousand times", "[integration][proxy][careless]") {
  fake_server bad([](fake_server::connection& c, recorded& r) {
    if (r.line().starts_with("GET /silent")) return false;
    return c.peer.send("HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n");
  });
  dead_port refused;
  told_lines sink;
  waggle::base::logger log{sink};
  waggle::proxy::server server(default_options(), log);
  REQUIRE(server.start().has_value());
  const std::string at = server.bound_address("http");
  const auto port = static_cast<std::uint16_t>(std::atoi(at.c_str() + at.rfind(':') + 1));
  const auto config = configuration_of({{"PathPrefix:/refused", {server_on(refused.port())}}, {"PathPrefix:/", {server_on(bad.port())}}});
  server.publish({{"docker", std::make_shared<const waggle::model::configuration>(config)}});
  REQUIRE(eventually([&] { return server.read_totals().generation >= 1; }));
  const auto status_of = [&](const std::string& path) {
    raw_socket c = raw_socket::connect(port);
    c.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return read_answer(c).status;
  };
  for (int i = 0; i < 40; ++i) REQUIRE(status_of("/bad") == 502);
  const auto told = sink.with("bad answer: bad Content-Length");
  REQUIRE(!told.empty());
  CHECK(told.size() < 30);
  CHECK(told[0].find("level=info") != std::string::npos);
  CHECK(told[0].find("frontend=frontend-1") != std::string::npos);
  CHECK(told[0].find("PathPrefix:/") != std::string::npos);
  CHECK(told[0].find("http://127.0.0.1:" + std::to_string(bad.port())) != std::string::npos);
  CHECK(status_of("/refused") == 502);
  CHECK(sink.with("frontend=frontend-0").size() == 1);  // each backend has its own share of lines
  CHECK(!sink.with("no connection: Connection refused").empty());
}
