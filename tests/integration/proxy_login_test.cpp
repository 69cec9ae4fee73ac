// NTLM and Negotiate log a connection in, not a request (RFC 4559 section 6): a server's connection that a client logged in on
// is that client's alone.
#include "proxy_fixture.hpp"

#include "catch.hpp"

#include <map>
#include <mutex>

using namespace waggle::test;

namespace login {  // compiled together with other files, whose names are as short
namespace {

/// A server that knows its users by their connection, as IIS does: one step to begin, one to finish, then no credentials.
class login_server {
 public:
  explicit login_server(std::string scheme = "NTLM") : scheme_(std::move(scheme)), server([this](auto& c, auto& r) { return answer_to(c, r); }) {}

 private:
  bool answer_to(fake_server::connection& c, const recorded& r) {
    const std::string sent = r.field("Authorization"), begin = scheme_ + " begin", finish = scheme_ + " finish-";
    const std::lock_guard lock(mutex_);
    auto& here = at_[c.number];
    if (r.line().find("/close") != std::string::npos) return c.peer.send(ok(here.user, "Connection: close\r\n")), false;
    if (sent == begin) {
      here.begun = true;
      return c.peer.send(challenge(" go-on"));
    }
    if (sent.starts_with(finish) && here.begun) here.user = sent.substr(finish.size());
    here.begun = false;
    if (here.user.empty()) return c.peer.send(challenge(""));
    return c.peer.send(ok(here.user + " on " + std::to_string(c.number)));
  }
  std::string challenge(const std::string& more) const {
    return "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + scheme_ + more + "\r\nContent-Length: 0\r\n\r\n";
  }
  struct state {
    bool begun = false;
    std::string user;
  };
  const std::string scheme_;
  std::mutex mutex_;
  std::map<int, state> at_;

 public:
  fake_server server;  // last: its threads use the rest
};

std::string get_with(const std::string& authorization, const std::string& path = "/") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + (authorization.empty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n";
}

answer ask(raw_socket& c, const std::string& authorization = "", const std::string& path = "/") {
  c.send(get_with(authorization, path));
  return read_answer(c);
}

answer log_in(raw_socket& c, const std::string& user, const std::string& scheme = "NTLM") {
  ask(c);
  ask(c, scheme + " begin");
  return ask(c, scheme + " finish-" + user);
}

}  // namespace

TEST_CASE("a logged-in connection serves its client alone, and ends with it", "[integration][proxy][login]") {
  const std::string scheme = GENERATE("NTLM", "Negotiate");
  login_server s(scheme);
  proxy_fixture edge;
  edge.to({server_on(s.server.port())});
  raw_socket alice = edge.connect(), bob = edge.connect();
  const std::string hers = log_in(alice, "alice", scheme).body;
  CHECK(hers.starts_with("alice on "));
  for (int i = 0; i < 3; ++i) {
    CHECK(ask(bob).status == 401);
    CHECK(ask(alice).body == hers);  // the same connection, without credentials
  }
  CHECK(log_in(bob, "bob", scheme).body.starts_with("bob on "));
  CHECK(ask(alice).body == hers);
  raw_socket stranger = edge.connect();
  CHECK(ask(stranger).status == 401);
  const int before = s.server.open_connections();
  alice.close();
  CHECK(eventually([&] { return s.server.open_connections() == before - 1; }));
  CHECK(ask(stranger).status == 401);
  CHECK(edge.idle_open() == 0);  // none of them was anybody's
}

TEST_CASE("a login goes on over one connection while others come and go", "[integration][proxy][login]") {
  login_server a, b;
  proxy_fixture edge;
  edge.to({server_on(a.server.port()), server_on(b.server.port())});
  for (int i = 0; i < 20; ++i) {
    raw_socket one = edge.connect(), other = edge.connect();
    const std::string name = "user" + std::to_string(i);
    ask(one);
    ask(other);
    CHECK(ask(one, "NTLM begin").status == 401);
    ask(other, "NTLM begin");
    CHECK(ask(one, "NTLM finish-" + name).body.starts_with(name + " on "));
  }
}

TEST_CASE("a login that an error page hides is a login", "[integration][proxy][login]") {
  login_server s;
  fake_server pages(always(ok("page")));
  proxy_fixture edge;
  auto c = configuration_of({{"PathPrefix:/", {server_on(s.server.port())}}, {"PathPrefix:/pages", {server_on(pages.port())}}});
  c.frontends[0].options.errors["e"] = {{"401"}, c.backends[1].name, "/"};
  edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
  raw_socket alice = edge.connect();
  CHECK(ask(alice).body == "page");
  CHECK(ask(alice, "NTLM begin").body == "page");
  CHECK(ask(alice, "NTLM finish-alice").body.starts_with("alice on "));
  raw_socket stranger = edge.connect();
  CHECK(ask(stranger).status == 401);
}

TEST_CASE("the server ends a logged-in connection, or departs", "[integration][proxy][login]") {
  login_server s, other;
  proxy_fixture edge;
  edge.to({server_on(s.server.port())});
  raw_socket alice = edge.connect();
  REQUIRE(log_in(alice, "alice").status == 200);
  SECTION("it says so") {
    CHECK(ask(alice, "", "/close").status == 200);
    CHECK(ask(alice).status == 401);  // a new connection: she is nobody there
  }
  SECTION("it just ends it") {
    for (int i = 1; i <= s.server.connections(); ++i) s.server.on(i, [](raw_socket& c) { c.wake(); });
    REQUIRE(eventually([&] { return s.server.open_connections() == 0; }));
    CHECK(ask(alice).status == 401);
  }
  SECTION("it departs: no connection to it stays") {
    edge.to({server_on(other.server.port())});
    CHECK(eventually([&] { return s.server.open_connections() == 0; }));
    CHECK(ask(alice).status == 401);
    CHECK(log_in(alice, "alice").status == 200);
  }
  SECTION("it sends what nobody asked for") {
    s.server.on(s.server.connections(), [](raw_socket& c) { c.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"); });
    CHECK(eventually([&] { return s.server.open_connections() == 0; }));
    CHECK(ask(alice).status == 401);
  }
}

TEST_CASE("a login that a label or an auth server writes is a login", "[integration][proxy][login]") {
  // Single sign-on: the auth server hands out the user's ticket; one step logs the connection in, and the server says nothing of it.
  std::mutex mutex;
  std::map<int, std::string> users;
  fake_server app([&](fake_server::connection& c, recorded& r) {
    const std::lock_guard lock(mutex);
    if (!r.field("Authorization").empty()) users[c.number] = r.field("Authorization");
    return c.peer.send(ok("for " + users[c.number]));
  });
  fake_server auth(always("HTTP/1.1 200 OK\r\nauthorization: Negotiate YWxpY2U=\r\nContent-Length: 0\r\n\r\n"));
  proxy_fixture edge;
  auto c = configuration_of({{"PathPrefix:/hers", {server_on(app.port())}}, {"PathPrefix:/", {server_on(app.port())}}});
  c.frontends[1].backend = c.frontends[0].backend;
  auto& how = c.frontends[0].options;
  if (GENERATE(false, true)) how.headers.emplace().custom_request_headers = {{"AUTHORIZATION", "negotiate YWxpY2U="}};
  else how.auth.emplace().forward = waggle::model::auth_forward{auth.url() + "/", {}, false, {"Authorization"}};
  edge.server->publish({{"docker", std::make_shared<const waggle::model::configuration>(c)}});
  REQUIRE(eventually([&] { return edge.stats().generation >= 1; }));
  raw_socket alice = edge.connect(), stranger = edge.connect();
  CHECK(ask(alice, "", "/hers").body.size() > 4);
  CHECK(ask(stranger, "", "/x").body == "for ");
  CHECK(ask(alice, "", "/x").body.size() > 4);  // it is her connection still
}

TEST_CASE("credentials that are the request's leave connections to all", "[integration][proxy][login]") {
  fake_server a(
      always("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"NTLM\"\r\nWWW-Authenticate: Digest realm=\"Negotiate "
             "\"\r\nContent-Length: 0\r\n\r\n"));
  proxy_fixture edge;
  edge.to({server_on(a.port())});
  for (int i = 0; i < 3; ++i) {
    raw_socket c = edge.connect();
    CHECK(ask(c, i == 0 ? "Basic Tk9QRQ==" : "Bearer NTLM").status == 401);
  }
  CHECK(a.connections() == 1);
}

}  // namespace login
