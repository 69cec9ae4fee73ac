#include "middleware/credentials.hpp"

#include "catch.hpp"

#include <string>

using namespace waggle::proxy::middleware;

TEST_CASE("basic credentials", "[unit][proxy][middleware]") {
  const auto c = parse_basic("Basic dGVzdDpwYTpzcw==");  // test:pa:ss
  REQUIRE(c);
  CHECK(c->name == "test");
  CHECK(c->password == "pa:ss");
  CHECK(parse_basic("basic OnA=")->name.empty());
  for (const char* bad : {"", "Basic", "Basic ", "Basicx dGVzdDp0", "Digest dGVzdDp0", "Basic dGVzdA==" /* no colon */, "Basic dGVzdDp",
                          "Basic dGVz DpA", "Basic ====", "Basic dGV=dDp0", "Basic d\xff\xfezdDp0"})
    CHECK_FALSE(parse_basic(bad));
}

TEST_CASE("digest credentials and the response of RFC 7616 section 3.9.1", "[unit][proxy][middleware]") {
  const std::string sent =
      "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, "
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", "
      "qop=auth, response=\"8ca523f5e9506fed4657c9700eebdbec\", opaque=\"x\"";
  const auto c = parse_digest(sent);
  REQUIRE(c);
  CHECK(c->name == "Mufasa");
  CHECK(c->algorithm == "MD5");
  CHECK(digest_response(*c, "3d78807defe7de2157e2b0b6573a855f", "GET") == c->response);
  CHECK(digest_response(*c, "3d78807defe7de2157e2b0b6573a855f", "POST") != c->response);

  CHECK_FALSE(parse_digest(sent + ", username=\"other\""));
  CHECK_FALSE(parse_digest(sent + ", x=\"open"));
  CHECK_FALSE(parse_digest(sent + ", =y"));
  CHECK_FALSE(parse_digest("Digest username=\"a\""));
  CHECK_FALSE(parse_digest("Digest"));
  const auto quoted = parse_digest("Digest username=\"a\\\"b\\\\\",realm=\"r\",nonce=n,uri=\"/,=\",response=r,cnonce=\"\",nc=1 , ,qop=\"auth\"");
  REQUIRE(quoted);
  CHECK(quoted->name == "a\"b\\");
  CHECK(quoted->uri == "/,=");
}

TEST_CASE("nonces carry their time and cannot be made up", "[unit][proxy][middleware]") {
  const std::string nonce = make_nonce(123456789);
  CHECK(read_nonce(nonce) == 123456789u);
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string other = nonce;
    other[i] = other[i] == '0' ? '1' : '0';
    CHECK_FALSE(read_nonce(other));
  }
  CHECK_FALSE(read_nonce(""));
  CHECK_FALSE(read_nonce(nonce + "0"));
}
