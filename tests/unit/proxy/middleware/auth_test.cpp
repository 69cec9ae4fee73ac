#include "asked.hpp"

#include "middleware/auth_request.hpp"
#include "middleware/credentials.hpp"
#include "middleware/deferred.hpp"
#include "middleware/users.hpp"

#include "catch.hpp"

using namespace waggle::test;
using namespace waggle::proxy::middleware;
namespace http = waggle::http;
namespace model = waggle::model;

namespace {

constexpr const char* eve = "eve:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";  // secret
constexpr const char* eves_credentials = "Basic ZXZlOnNlY3JldA==";

std::string skipped(model::auth a) {
  chain_builder build;
  build.frontend.options.auth = std::move(a);
  const auto built = build();
  return built ? "" : built.error().reason;
}

chain chain_of(model::auth a) {
  chain_builder build;
  build.frontend.options.auth = std::move(a);
  auto built = build();
  REQUIRE(built.has_value());
  return std::move(*built);
}

model::auth basic(std::vector<std::string> users) {
  model::auth a;
  a.basic = model::auth_users{std::move(users), "", true};
  a.header_field = "X-WebAuth-User";
  return a;
}

}  // namespace

TEST_CASE("basic auth: the answer of Traefik, and what the server is told", "[unit][proxy][middleware]") {
  const auto c = chain_of(basic({eve}));
  asked nobody;
  const auto answer = nobody.of(c);
  REQUIRE(answer);
  CHECK(answer->status == 401);
  CHECK(answer->fields == "Content-Type: text/plain\r\nWww-Authenticate: Basic realm=\"traefik\"\r\n");
  CHECK(answer->body == "401 Unauthorized\n");

  asked user;
  user.fields = {{"authorization", eves_credentials}};
  CHECK_FALSE(user.of(c));
  CHECK(user.said.user == "eve");
  CHECK(user.values("X-WebAuth-User") == std::vector<std::string>{"eve"});
  CHECK(user.values("Authorization").empty());
  CHECK_FALSE(user.waits);

  asked wrong;
  wrong.fields = {{"Authorization", "Basic ZXZlOndyb25n"}};
  CHECK(wrong.of(c));
  CHECK(wrong.said.user.empty());
  CHECK(user.of(chain_of(basic({}))));  // no users: nobody comes in
  CHECK(user.of(chain_of(basic({"eve:secret"}))));
}

TEST_CASE("basic auth: what a label writes for the server is nobody's log-in", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.headers.emplace().custom_request_headers = {{"Authorization", eves_credentials}};
  build.frontend.options.auth = basic({eve});
  build.frontend.options.auth->basic->remove_header = false;
  const auto built = build();
  REQUIRE(built.has_value());
  asked stranger;
  const auto refused = stranger.of(*built);
  REQUIRE(refused);
  CHECK(refused->status == 401);
  asked user;
  user.fields = {{"Authorization", eves_credentials}};
  CHECK_FALSE(user.of(*built));
  CHECK(user.values("Authorization") == std::vector<std::string>{eves_credentials});
}

TEST_CASE("basic auth: slow hashes are left for later, unknown names no less", "[unit][proxy][middleware]") {
  const auto c = chain_of(basic({"bob:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"}));
  for (const char* sent : {"Basic Ym9iOnNlY3JldA==", "Basic bm9ib2R5OnNlY3JldA=="}) {
    asked a;
    a.fields = {{"Authorization", sent}};
    CHECK_FALSE(a.of(c));
    CHECK(a.waits);
  }
}

TEST_CASE("auth that cannot be built takes the frontend away", "[unit][proxy][middleware]") {
  CHECK(skipped(basic({"test"})) == "error parsing Authenticator user: test");
  CHECK(skipped(basic({"a:b:c"})) == "error parsing Authenticator user: a");  // no hash gets into the log
  CHECK_FALSE(skipped(basic({"a\rb:c"})).empty());
  model::auth file = basic({});
  file.basic->users_file = "/nonexistent/users";
  CHECK(skipped(file) == "open /nonexistent/users: no such file or directory");
  file.basic->users_file = "/dev/zero";
  CHECK(skipped(file).starts_with("read /dev/zero: "));
  model::auth header = basic({eve});
  for (const char* name : {"X Y", "Content-Length", "Host", "X\r\nY: z"}) {
    header.header_field = name;
    CHECK_FALSE(skipped(header).empty());
  }
  model::auth digest;
  digest.digest = model::auth_users{{"a:b"}, "", false};
  CHECK(skipped(digest) == "error parsing Authenticator user: a");
  model::auth forward;
  forward.forward = model::auth_forward{};
  for (const char* address : {"", "auth", "ftp://auth/", "http://", "http://a:0/", "http://a:99999/", "http://u:p@a/", "http://a/ b",
                              "http://a/\r\nX: y", "http://a b/", "http://[::1/"}) {
    INFO(address);
    forward.forward->address = address;
    CHECK_FALSE(skipped(forward).empty());
  }
  model::auth alone;
  alone.header_field = "X-User";
  CHECK(skipped(alone).empty());
  CHECK(chain_of(alone).empty());
}

TEST_CASE("a name that is not proven is told to nobody", "[unit][proxy][middleware]") {
  SECTION("at once: nor does the error page hear of it") {
    const auto c = chain_of(basic({eve}));
    asked wrong;
    wrong.fields = {{"Authorization", "Basic ZXZlOndyb25n"}, {"X-WebAuth-User", "eve"}};
    REQUIRE(wrong.of(c));
    CHECK(wrong.said.user.empty());
    CHECK(wrong.values("Authorization").empty());
    CHECK(wrong.values("X-WebAuth-User").empty());
  }
  SECTION("later: as long as the hash is being reckoned") {
    const auto c = chain_of(basic({"bob:$2b$04$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS"}));
    asked first;
    first.fields = {{"Authorization", "Basic Ym9iOndyb25nZXI="}, {"X-WebAuth-User", "bob"}};
    CHECK_FALSE(first.of(c));
    REQUIRE(first.waits);
    CHECK(first.said.user.empty());
    CHECK(first.values("X-WebAuth-User").empty());
    const decision wrong = decided(*first.waits);
    REQUIRE(wrong.answer);
    CHECK(wrong.answer->status == 401);
    apply(wrong, first.request);
    CHECK(first.values("Authorization").empty());
    first.fields[0].second = "Basic Ym9iOnNlY3JldA==";
    CHECK_FALSE(first.of(c));
    REQUIRE(first.waits);
    const decision right = decided(*first.waits);
    CHECK_FALSE(right.answer);
    CHECK(right.user == "bob");
    apply(right, first.request);
    CHECK(first.values("X-WebAuth-User") == std::vector<std::string>{"bob"});
    CHECK(first.values("Authorization").empty());
  }
}

TEST_CASE("users files: blanks, comments, later entries win", "[unit][proxy][middleware]") {
  CHECK(user_lines("# c\r\n a:1 \n\n\tb:2\n#x:y\nc:3") == std::vector<std::string>{"a:1", "b:2", "c:3"});
  const auto users = basic_users({{"a:1", "a:2"}, "", false});
  REQUIRE(users.has_value());
  CHECK(users->at("a") == "2");
}

TEST_CASE("digest auth: right, wrong, stale, for another target", "[unit][proxy][middleware]") {
  model::auth options;
  options.digest = model::auth_users{{"test:traefik:a2688e031edb4be6a3797f3882655c05", "x:other:00"}, "", false};
  const auto c = chain_of(options);
  asked first;
  const auto answer = first.of(c);
  REQUIRE(answer);
  CHECK(answer->fields.find("Www-Authenticate: Digest realm=\"traefik\", nonce=\"") != std::string::npos);
  CHECK(answer->fields.find("stale") == std::string::npos);

  const auto ask = [&](const std::string& nonce, const std::string& uri, const std::string& secret) {
    digest_credentials d{"test", "traefik", nonce, uri, "", "c", "00000001", "auth", ""};
    d.response = digest_response(d, secret, "GET");
    asked a;
    a.target = "/x?y=1";
    a.fields = {{"Authorization", "Digest username=\"test\", realm=\"traefik\", nonce=\"" + nonce + "\", uri=\"" + uri + "\", response=\"" +
                                      d.response + "\", cnonce=\"c\", nc=00000001, qop=auth"}};
    return a.of(c);
  };
  const std::string secret = "a2688e031edb4be6a3797f3882655c05", fresh = make_nonce(0);
  CHECK_FALSE(ask(fresh, "/x?y=1", secret));
  CHECK(ask(fresh, "/x", secret));
  CHECK(ask(fresh, "/x?y=1", "00000000000000000000000000000000"));
  const auto foreign = ask(std::string(48, 'a'), "/x?y=1", secret);
  REQUIRE(foreign);
  CHECK(foreign->fields.find(", stale=true\r\n") != std::string::npos);
  const auto guess = ask(std::string(48, 'a'), "/x?y=1", "11111111111111111111111111111111");
  REQUIRE(guess);
  CHECK(guess->fields.find("stale") == std::string::npos);
}

TEST_CASE("the request to an auth server", "[unit][proxy][middleware]") {
  const auto to = parse_auth_address("http://Auth.example:8080/check?a=1#x");
  REQUIRE(to.has_value());
  CHECK(to->host == "Auth.example");
  CHECK(to->port == 8080);
  CHECK(parse_auth_address("http://[::1]?q")->host == "::1");
  CHECK(parse_auth_address("http://[::1]?q")->target == "/?q");

  asked a;
  a.method = "POST";
  a.target = "/p?q=1";
  a.fields = {{"Host", "h.example"},
              {"Connection", "X-Hop"},
              {"X-Hop", "1"},
              {"Content-Length", "5"},
              {"Transfer-Encoding", "chunked"},
              {"Expect", "100-continue"},
              {"X-Forwarded-For", "9.9.9.9"},
              {"X-Forwarded-Uri", "/evil"},
              {"X-Forwarded-Method", "EVIL"},
              {"X-Forwarded-Proto", "https"},
              {"X-Forwarded-Host", "evil"},
              {"Cookie", "c=1"},
              {"X_Role", "admin"},
              {"Proxy-Authorization", "x"}};
  a.begin();
  http::request r = a.request;
  r.fields.begin(a.arena(), a.fields.size());
  for (http::field f : a.request.fields.all()) {
    if (f.name == "X-Hop") f.origin = http::field_origin::this_hop;  // as Connection says
    r.fields.push(f);
  }
  a.request = r;
  a.request.fields.set("X-Role", "guest");
  const request_info about = a.about();
  CHECK(compose_auth_request(*to, about, false) ==
        "GET /check?a=1 HTTP/1.1\r\nHost: Auth.example:8080\r\nCookie: c=1\r\nX-Role: guest\r\nX-Forwarded-For: 192.0.2.1\r\n"
        "X-Forwarded-Method: POST\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: h.example\r\nX-Forwarded-Uri: /p?q=1\r\nConnection: close\r\n\r\n");
  CHECK(compose_auth_request(*to, about, true) ==
        "GET /check?a=1 HTTP/1.1\r\nHost: Auth.example:8080\r\nCookie: c=1\r\nX-Role: guest\r\nX-Forwarded-For: 9.9.9.9, 192.0.2.1\r\n"
        "X-Forwarded-Method: EVIL\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Uri: /evil\r\nConnection: close\r\n\r\n");
  // A label that says something of one of these fields is not contradicted by a second line.
  a.request.fields.set("x-forwarded-for", "198.51.100.7");
  a.request.fields.set("X-Forwarded-Proto", "https");
  a.request.fields.remove("X_Forwarded_Host");
  for (const bool trust : {false, true})
    CHECK(compose_auth_request(*to, about, trust)
              .find(std::string("x-forwarded-for: 198.51.100.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Method: ") + (trust ? "EVIL" : "POST") +
                    "\r\nX-Forwarded-Uri: " + (trust ? "/evil" : "/p?q=1") + "\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("locations of an auth server become absolute", "[unit][proxy][middleware]") {
  const auto base = parse_auth_address("http://auth:81/a/b?c");
  REQUIRE(base.has_value());
  CHECK(absolute_location(*base, "/login?x=1") == "http://auth:81/login?x=1");
  CHECK(absolute_location(*base, "login") == "http://auth:81/a/login");
  CHECK(absolute_location(*base, "?d") == "http://auth:81/a/b?d");
  CHECK(absolute_location(*base, "//o/x") == "http://o/x");
  CHECK(absolute_location(*base, "https://o/x") == "https://o/x");
  CHECK(absolute_location(*base, "/x:y") == "http://auth:81/x:y");
  CHECK(absolute_location(*base, "") == "");
}

TEST_CASE("what an auth server writes does no harm to framing", "[unit][proxy][middleware]") {
  asked a;
  a.fields = {{"X_User", "evil"}, {"x-user", "evil"}, {"X-Userx", "ok"}, {"Content-Length", "5"}, {"Host", "h"}};
  a.begin();
  decision d;
  d.remove = {"X-User", "Content-Length", "Host"};
  d.set = {{"X-User", "alice"}, {"X-Role", "a"}, {"X-Role", "b"}, {"Content-Length", "9"}, {"Bad Name", "x"}, {"X-Bad", "a\r\nb"}};
  apply(d, a.request);
  std::vector<std::pair<std::string, std::string>> left;
  for (const http::field& f : a.request.fields.all()) left.emplace_back(f.name, f.value);
  CHECK(left == std::vector<std::pair<std::string, std::string>>{
                    {"X-Userx", "ok"}, {"Content-Length", "5"}, {"Host", "h"}, {"X-User", "alice"}, {"X-Role", "a"}, {"X-Role", "b"}});
}
