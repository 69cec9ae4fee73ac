#include "asked.hpp"

#include "catch.hpp"

using namespace waggle::test;
using waggle::model::redirect;

namespace {

waggle::proxy::middleware::chain chain_of(redirect r, std::vector<std::string> on = {"http"}) {
  chain_builder build;
  build.frontend.entry_points = std::move(on);
  build.frontend.options.redirect = std::move(r);
  auto built = build();
  REQUIRE(built.has_value());
  return std::move(*built);
}

std::string skipped(redirect r) {
  chain_builder build;
  build.frontend.options.redirect = std::move(r);
  const auto built = build();
  return built ? "" : built.error().reason;
}

}  // namespace

TEST_CASE("redirect to an entry point keeps host and target and writes the port out", "[unit][proxy][middleware]") {
  const auto chain = chain_of({"alt", "", "", false});
  asked get;
  get.target = "/a%2Fb?c=1";
  get.host = "h.example:80";
  const auto answer = get.of(chain);
  REQUIRE(answer);
  CHECK(answer->status == 302);
  CHECK(answer->body == "Found");
  CHECK(location(*answer) == "http://h.example:8080/a%2Fb?c=1");
  CHECK(answer->fields.find("Content-Type: text/plain; charset=utf-8\r\n") != std::string::npos);

  asked post;
  post.method = "POST";
  CHECK(post.of(chain)->status == 307);
  CHECK(post.of(chain)->body == "Temporary Redirect");
  asked absolute;
  absolute.target = "http://h.example?x";
  CHECK(location(*absolute.of(chain)) == "http://h.example:8080/?x");
  asked six;
  six.host = "[::1]:80";
  CHECK(location(*six.of(chain)) == "http://[::1]:8080/");
  asked nameless;
  nameless.host = "";
  CHECK(nameless.of(chain)->status == 400);
}

TEST_CASE("redirect: permanent, to others' entry points, to itself, to nowhere", "[unit][proxy][middleware]") {
  const auto permanent = chain_of({"admin", "", "", true});
  asked get, post;
  post.method = "POST";
  CHECK(get.of(permanent)->status == 301);
  CHECK(get.of(permanent)->body == "Moved Permanently");
  CHECK(post.of(permanent)->status == 308);
  CHECK(location(*get.of(permanent)) == "http://h.example:9000/");

  CHECK(chain_of({"http", "", "", false}).steps.empty());
  const auto both = chain_of({"alt", "", "", false}, {"http", "alt"});
  asked there;
  there.entry_point = "alt";
  CHECK_FALSE(there.of(both));
  CHECK(get.of(both));
  CHECK(skipped({"https", "", "", false}) == "error creating Frontend Redirect: unknown target entrypoint \"https\"");
}

TEST_CASE("redirect by regex", "[unit][proxy][middleware]") {
  const auto chain = chain_of({"", "^http://h.example/(.*)", "https://new.example/$1", false});
  asked get;
  get.target = "/a/b?c=d";
  CHECK(location(*get.of(chain)) == "https://new.example/a/b?c=d");
  asked secure;
  secure.fields = {{"X-Forwarded-Proto", "https"}};
  CHECK_FALSE(secure.of(chain));
  secure.trusted = false;  // a stranger cannot talk itself past
  CHECK(secure.of(chain));
  asked other;
  other.host = "x.example";
  CHECK_FALSE(other.of(chain));
  CHECK_FALSE(get.of(chain_of({"", "h\\.example", "h.example", false})));  // equal: passes
  CHECK(chain_of({"", "^http://x", "", false}).steps.empty());
  CHECK_FALSE(skipped({"", "(", "x", false}).empty());
  CHECK(skipped({"", "a", "{{.Request.Host}}", false}).find("templates") != std::string::npos);
}

TEST_CASE("redirect: what a label or a client writes stays in its line", "[unit][proxy][middleware]") {
  asked get;
  get.target = "/\"<>";
  CHECK(location(*get.of(chain_of({"", "^http://h.example(.*)", "http://x\r\nSet-Cookie: a=b$1 \xC3\xA9", false}))) ==
        "http://x%0D%0ASet-Cookie:%20a=b/%22%3C%3E%20%C3%A9");
  asked large;
  large.target = "/" + std::string(10'000, 'a');
  const auto answer = large.of(chain_of({"", "a", std::string(100, 'b'), false}));
  REQUIRE(answer);
  CHECK(answer->status == 500);
}
