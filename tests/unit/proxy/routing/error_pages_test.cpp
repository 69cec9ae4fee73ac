#include "routing/error_pages.hpp"

#include "table_fixture.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;
namespace plan = waggle::proxy::plan;
namespace routing = waggle::proxy::routing;

TEST_CASE("error pages are found, or complained of in Traefik's words", "[unit][proxy][routing][errors]") {
  model::frontend f = frontend("fe", "Host:a", "a");
  f.options.errors["net"] = {{"500-599", "404"}, "err", "/{status}.html"};
  f.options.errors["none"] = {{"401"}, "gone", "/"};
  f.options.errors["self"] = {{"403"}, "a", "/"};
  f.options.errors["bad"] = {{"4xx"}, "err", "/"};
  const auto err = std::make_shared<const plan::backend>();
  const model::configuration all = test::configuration{{}, {f}};
  const model::router& router = all.http.routers.front();
  routing::middlewares its;
  for (const std::string& name : router.middlewares) its.push_back(all.http.middlewares.held(place_of(all.http.middlewares, name)));
  const auto list = routing::build_error_pages(router, its, [&](const std::string& name) { return name == "err" ? err : nullptr; });
  REQUIRE(list.pages.size() == 1);
  CHECK(list.complaints ==
        std::vector<std::string>{"Error when creating error page \"bad\" for frontend \"fe\": '4xx' is not a status or a range of them",
                                 "Error when creating error page \"none\" for frontend \"fe\": the backend \"gone\" doesn't exist.",
                                 "Error when creating error page \"self\" for frontend \"fe\": error pages backend \"a\" is the same as "
                                 "backend for the frontend (infinite call risk)."});
  routing::frontend compiled;
  compiled.error_pages = list.pages;
  CHECK(routing::page_for(compiled, 500));
  CHECK(routing::page_for(compiled, 404));
  CHECK_FALSE(routing::page_for(compiled, 499));
  CHECK_FALSE(routing::page_for(compiled, 200));
}

TEST_CASE("the first page of the list that sees the answer is asked", "[unit][proxy][routing][errors]") {
  routing::frontend f;
  const auto err = std::make_shared<const plan::backend>();
  f.error_pages = {{{{500, 599}}, err, "/outer", 0}, {{{400, 599}}, err, "/inner", 2}};
  f.chain.pages_from = {0, 1, 2};  // the second one could not be built
  CHECK(routing::page_for(f, 503)->query == "/outer");
  CHECK(routing::page_for(f, 503, 1)->query == "/outer");
  CHECK(routing::page_for(f, 403)->query == "/inner");
  CHECK(routing::page_for(f, 403, 2)->query == "/inner");
  CHECK_FALSE(routing::page_for(f, 403, 1));
  CHECK_FALSE(routing::page_for(f, 403, 0));
}

TEST_CASE("the target of the request for a page", "[unit][proxy][routing][errors]") {
  CHECK(routing::page_target({{}, nullptr, "/{status}/{status}.html"}, 503) == "/503/503.html");
  CHECK(routing::page_target({{}, nullptr, "?code={status}"}, 404) == "/?code=404");
  CHECK(routing::page_target({{}, nullptr, ""}, 404) == "/");
  CHECK(routing::page_target({{}, nullptr, "/a b\r\nX: y"}, 404) == "/a%20b%0D%0AX:%20y");
}

TEST_CASE("a frontend is built anew when a backend of its pages comes, changes or goes", "[unit][proxy][routing][errors]") {
  compiling compile;
  test::configuration c{{backend("a", {server_at(1)})}, {frontend("f", "Host:a", "a")}};
  c.frontends[0].options.errors["net"] = {{"500"}, "err", "/"};
  const auto without = compile(c).next;
  CHECK(without->frontends[0]->error_pages.empty());
  c.backends.push_back(backend("err", {server_at(2)}));
  const auto with = compile(c).next;
  REQUIRE(with->frontends[0]->error_pages.size() == 1);
  CHECK(compile(c).next->frontends[0] == with->frontends[0]);
  c.backends[1].servers.push_back(server_at(3));
  const auto changed = compile(c).next;
  CHECK(changed->frontends[0]->error_pages[0].to == changed->backends[1]);
}
