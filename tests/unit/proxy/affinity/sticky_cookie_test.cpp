// Traefik 1.7 section 7.4: which server the cookies of a request name.
#include "affinity/registry.hpp"
#include "affinity/sticky_cookie.hpp"
#include "http1/head.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy;

namespace {

plan::backend backend_of(std::size_t servers) {
  plan::backend b;
  b.affinity = waggle::model::affinity_policy::cookie;
  b.cookie_name = "_a49bc";
  for (std::size_t i = 0; i < servers; ++i) {
    plan::server s;
    s.url = "http://10.0.0." + std::to_string(i + 1) + ":80";
    b.servers.push_back(std::move(s));
  }
  if (servers > 8)
    for (std::size_t i = 0; i < servers; ++i) b.by_url.emplace(b.servers[i].url, static_cast<std::uint32_t>(i));
  return b;
}

affinity::cookie_target read(const plan::backend& b, const std::string& cookie_lines) {
  static http1::request_head head;
  const std::string text = "GET / HTTP/1.1\r\n" + cookie_lines + "\r\n";
  REQUIRE(http1::parse_request(text, head).state == http1::parse_state::complete);
  return affinity::read(head.fields, b);
}

}  // namespace

TEST_CASE("affinity by the backend's policy: what none finds and says, and what a cookie does", "[unit][proxy][affinity]") {
  plan::backend b = backend_of(3);
  b.cookie_attributes = "; Path=/";
  static http1::request_head head;
  REQUIRE(http1::parse_request("GET / HTTP/1.1\r\nCookie: _a49bc=http://10.0.0.2:80\r\n\r\n", head).state == http1::parse_state::complete);
  const auto said = [&b] {
    std::string out;
    affinity::on_response(b, b.servers[2], [&](std::string_view piece) { out += piece; });
    return out;
  };
  CHECK(affinity::find(head.fields, b).server == 1);
  CHECK(said() == "Set-Cookie: _a49bc=http://10.0.0.3:80; Path=/\r\n");
  b.affinity = waggle::model::affinity_policy::none;
  CHECK(affinity::find(head.fields, b).server == -1);
  CHECK_FALSE(affinity::find(head.fields, b).has_cookie);
  CHECK(said().empty());
}

TEST_CASE("which server a Cookie field names", "[unit][proxy][affinity]") {
  const std::size_t servers = GENERATE(std::size_t{3}, std::size_t{20});
  const plan::backend b = backend_of(servers);
  struct row {
    std::string lines;
    bool has;
    int server;
  };
  const row rows[] = {
      {"", false, -1},
      {"Cookie: \r\n", false, -1},
      {"Cookie: other=1\r\n", false, -1},
      {"Cookie: _a49bc=http://10.0.0.2:80\r\n", true, 1},
      {"cookie: a=b; _a49bc=http://10.0.0.3:80; c=d\r\n", true, 2},
      {"Cookie: a=b;_a49bc=http://10.0.0.3:80;c=d\r\n", true, 2},
      {"Cookie: a=b\r\nCookie: _a49bc=http://10.0.0.1:80\r\n", true, 0},
      {"Cookie: _a49bc=http://10.0.0.1:80; _a49bc=http://10.0.0.2:80\r\n", true, 0},  // the first counts
      {"Cookie: _a49bc=gone\r\nCookie: _a49bc=http://10.0.0.2:80\r\n", true, 1},      // one of another path or domain
      {"Cookie: _a49bc=gone; _a49bc=; _a49bc=http://10.0.0.2:80; _a49bc=http://10.0.0.1:80\r\n", true, 1},
      {"Cookie: _a49bc=http://10.0.0.2:80; _a49bc=gone\r\n", true, 1},
      {"Cookie: _a49bc=gone; _a49bc=gone\r\n", true, -1},
      {"Cookie: _a49bc=\"http://10.0.0.2:80\"\r\n", true, 1},
      {"Cookie: _a49bc=\"http://10.0.0.2:80\r\n", true, -1},
      {"Cookie: _a49bc=\"\r\n", true, -1},
      {"Cookie: _a49bc=\"\"\r\n", true, -1},
      {"Cookie: _a49bc=\r\n", true, -1},
      {"Cookie: _a49bc\r\n", false, -1},
      {"Cookie: _A49BC=http://10.0.0.2:80\r\n", false, -1},  // cookie names have case
      {"Cookie: x_a49bc=http://10.0.0.2:80\r\n", false, -1},
      {"Cookie: _a49bcx=http://10.0.0.2:80\r\n", false, -1},
      {"Cookie: x=_a49bc=http://10.0.0.2:80\r\n", false, -1},
      {"Cookie: =http://10.0.0.2:80; ;;=;_a49bc=http://10.0.0.2:80\r\n", true, 1},
      {"Cookie: _a49bc=http://10.0.0.99:80\r\n", true, -1},
      {"Cookie: _a49bc=HTTP://10.0.0.2:80\r\n", true, 1},
      {"Cookie: _a49bc=http://10.0.0.2:80?x#y\r\n", true, 1},
      {"Cookie: _a49bc=http://10.0.0.2:80/\r\n", true, -1},
      // As software that hands cookies on writes them.
      {"Cookie: _a49bc=http%3A%2F%2F10.0.0.2%3A80\r\n", true, 1},
      {"Cookie: _a49bc=http%3a//10.0.0.2%3a80\r\n", true, 1},
      {"Cookie: _a49bc=\"http%3A%2F%2F10.0.0.2%3A80\"\r\n", true, 1},
      {"Cookie: _a49bc=%22http%3A%2F%2F10.0.0.2%3A80%22\r\n", true, 1},
      {"Cookie: _a49bc=http%253A%252F%252F10.0.0.2%253A80\r\n", true, -1},  // once only
      {"Cookie: _a49bc=http%3A%2F%2F10.0.0.2%3A8%\r\n", true, -1},
      {"Cookie: _a49bc=http%3A%2F%2F10.0.0.2%3A80%zz\r\n", true, -1},
      {"Cookie: _a49bc=http%3A%2F%2F10.0.0.2%3A80" + std::string(600, 'x') + "\r\n", true, -1},
      {"X-Cookie: _a49bc=http://10.0.0.2:80\r\n", false, -1},
  };
  for (const row& r : rows) {
    CAPTURE(r.lines);
    const affinity::cookie_target w = read(b, r.lines);
    CHECK(w.has_cookie == r.has);
    CHECK(w.server == r.server);
  }
}

TEST_CASE("which values name a server's URL", "[unit][proxy][affinity]") {
  const char* const url = "http://10.0.0.5:8000";
  for (const char* same : {"http://10.0.0.5:8000", "HtTp://10.0.0.5:8000", "http://u:p@10.0.0.5:8000", "http://10.0.0.5:8000?q",
                           "http://10.0.0.5:8000#f", "http://a@b@10.0.0.5:8000"}) {
    CAPTURE(same);
    CHECK(affinity::names_url(same, url));
  }
  for (const char* other :
       {"", "10.0.0.5:8000", "//10.0.0.5:8000", "https://10.0.0.5:8000", "http://10.0.0.5:8000/", "http://10.0.0.5", "http://10.0.0.5:80",
        "http://10.0.0.5:80000", "http:/10.0.0.5:8000", "http://", "http://@", " http://10.0.0.5:8000", "http://10.0.0.5:8000/x@10.0.0.5:80"}) {
    CAPTURE(other);
    CHECK_FALSE(affinity::names_url(other, url));
  }
}

TEST_CASE("an opaque value that comes back percent-encoded names its server", "[unit][proxy][affinity]") {
  plan::backend b = backend_of(3);
  b.opaque = true;
  for (std::size_t i = 0; i < 3; ++i) b.servers[i].opaque = std::string(31, 'a') + static_cast<char>('0' + i);
  const std::string value = b.servers[1].opaque;
  CHECK(read(b, "Cookie: _a49bc=" + value + "\r\n").server == 1);
  CHECK(read(b, "Cookie: _a49bc=%61" + value.substr(1) + "\r\n").server == 1);
  CHECK(read(b, "Cookie: _a49bc=\"%61" + value.substr(1) + "\"\r\n").server == 1);
  CHECK(read(b, "Cookie: _a49bc=%62" + value.substr(1) + "\r\n").server == -1);
}
