#include "asked.hpp"

#include "catch.hpp"

using namespace waggle::test;
using waggle::model::headers;

namespace {

waggle::proxy::middleware::chain chain_of(headers h) {
  chain_builder build;
  build.frontend.options.headers = std::move(h);
  auto built = build();
  REQUIRE(built.has_value());
  return std::move(*built);
}

}  // namespace

TEST_CASE("security fields of an answer", "[unit][proxy][middleware]") {
  headers h;
  h.frame_deny = h.content_type_nosniff = h.browser_xss_filter = true;
  h.referrer_policy = "same-origin";
  h.content_security_policy = "default-src 'self'";
  h.sts_seconds = 100;
  h.sts_include_subdomains = h.sts_preload = true;
  h.public_key = "pin";
  const auto chain = chain_of(h);
  REQUIRE(chain.on_answer);
  CHECK(chain.on_answer->added(false) ==
        "X-Frame-Options: DENY\r\nX-Content-Type-Options: nosniff\r\nX-Xss-Protection: 1; mode=block\r\n"
        "Content-Security-Policy: default-src 'self'\r\nReferrer-Policy: same-origin\r\n");
  CHECK(chain.on_answer->added(true) ==
        chain.on_answer->added(false) + "Strict-Transport-Security: max-age=100; includeSubDomains; preload\r\nPublic-Key-Pins: pin\r\n");
  CHECK(chain.on_answer->removes("x-frame-options", false));
  CHECK_FALSE(chain.on_answer->removes("strict-transport-security", false));
  CHECK(chain.on_answer->removes("strict-transport-security", true));

  asked plain, tls;
  CHECK_FALSE(plain.of(chain));
  CHECK_FALSE(plain.said.secure);
  tls.tls = true;
  CHECK_FALSE(tls.of(chain));
  CHECK(tls.said.secure);

  h.force_sts_header = true;
  CHECK(chain_of(h).on_answer->added(false).find("Strict-Transport-Security") != std::string::npos);
  h.is_development = true;
  CHECK(chain_of(h).on_answer->added(false).find("Strict-Transport-Security") == std::string::npos);
  CHECK(chain_of(h).on_answer->added(true) == chain_of(h).on_answer->added(false));
  h.custom_frame_options_value = "SAMEORIGIN";
  h.custom_response_headers = {{"Referrer-Policy", "no-referrer"}};
  CHECK(chain_of(h).on_answer->added(false).find("X-Frame-Options: SAMEORIGIN\r\n") != std::string::npos);
  CHECK(chain_of(h).on_answer->added(false).find("same-origin") == std::string::npos);
}

TEST_CASE("allowed hosts", "[unit][proxy][middleware]") {
  headers h;
  h.allowed_hosts = {"a.example", "b.example:8080"};
  asked request;
  const auto with = [&](std::string host) {
    request.host = std::move(host);
    return request.of(chain_of(h));
  };
  CHECK_FALSE(with("A.example"));
  CHECK_FALSE(with("b.example:8080"));
  REQUIRE(with("b.example"));
  CHECK(with("b.example")->status == 500);
  CHECK(with("b.example")->body == "Bad Host\n");
  h.hosts_proxy_headers = {"X-Forwarded-Host"};
  request.fields = {{"X-Forwarded-Host", "a.example"}};
  CHECK_FALSE(with("evil.example"));
  request.trusted = false;
  CHECK(with("evil.example"));
  h.is_development = true;
  CHECK_FALSE(with("evil.example"));
}

TEST_CASE("redirect to https", "[unit][proxy][middleware]") {
  headers h;
  h.ssl_redirect = true;
  h.ssl_proxy_headers = {{"X-Forwarded-Proto", "https"}};
  asked request;
  request.target = "/a?b";
  auto answer = request.of(chain_of(h));
  REQUIRE(answer);
  CHECK(answer->status == 301);
  CHECK(location(*answer) == "https://h.example/a?b");
  CHECK(answer->body == "<a href=\"https://h.example/a?b\">Moved Permanently</a>.\n\n");
  h.ssl_temporary_redirect = true;
  h.ssl_host = "s.example";
  CHECK(request.of(chain_of(h))->status == 307);
  CHECK(location(*request.of(chain_of(h))) == "https://s.example/a?b");

  request.fields = {{"X-Forwarded-Proto", "https"}};
  CHECK_FALSE(request.of(chain_of(h)));
  h.ssl_force_host = true;
  CHECK(location(*request.of(chain_of(h))) == "https://s.example/a?b");
  request.host = "s.example";
  CHECK_FALSE(request.of(chain_of(h)));
  request.trusted = false;
  CHECK(request.of(chain_of(h)));
}

TEST_CASE("a header that a label sets counts for the redirect to https behind it", "[unit][proxy][middleware]") {
  headers h;
  h.ssl_redirect = true;
  h.ssl_proxy_headers = {{"X-Forwarded-Proto", "https"}};
  asked request;
  request.trusted = false;
  CHECK(request.of(chain_of(h)));
  h.custom_request_headers = {{"X-Forwarded-Proto", "https"}};
  CHECK_FALSE(request.of(chain_of(h)));
  CHECK(request.said.secure);
  h.custom_request_headers = {{"X-Forwarded-Proto", ""}};
  request.trusted = true;
  request.fields = {{"X-Forwarded-Proto", "https"}};
  CHECK(request.of(chain_of(h)));  // deleted is not there
}

TEST_CASE("a security header with a line break skips the frontend", "[unit][proxy][middleware]") {
  chain_builder build;
  build.frontend.options.headers = headers{};
  build.frontend.options.headers->referrer_policy = "a\r\nX: b";
  CHECK_FALSE(build().has_value());
}
