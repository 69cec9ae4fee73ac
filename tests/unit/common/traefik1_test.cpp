// Traefik 1's frontends and backends become routers, services and middlewares, and come back as they were.
#include <waggle/model/traefik1/translate.hpp>

#include "catch.hpp"
#include "random.hpp"

#include <algorithm>
#include <string>
#include <utility>

using namespace waggle;
namespace traefik1 = waggle::model::traefik1;

namespace {

using dice_type = waggle::test::random;

std::string word(dice_type& dice) { return std::string(1, static_cast<char>('a' + dice.below(4))); }

template <class Option>
void maybe(dice_type& dice, std::optional<Option>& option, Option value) {
  if (dice.one_in(3)) option = std::move(value);
}

model::frontend random_frontend(dice_type& dice, std::string name) {
  model::frontend f;
  f.name = std::move(name);
  if (dice.one_in(2)) f.identity = "svc/" + f.name;
  f.entry_points = {"http", word(dice)};
  f.backend = "backend-" + word(dice);
  f.routes = {{"route-1", "Host:" + word(dice)}};
  if (dice.one_in(3)) f.routes.push_back({"route-2", "PathPrefix:/" + word(dice)});
  f.pass_host_header = dice.one_in(2);
  f.priority = static_cast<int>(dice.below(3));
  f.service = word(dice);
  model::frontend_options& o = f.options;
  o.pass_tls_cert = dice.one_in(4);
  maybe(dice, o.pass_tls_client_cert, {true, {}});
  maybe(dice, o.white_list, {{"10.0.0.0/8", word(dice)}, dice.one_in(2)});
  maybe(dice, o.redirect, {word(dice), {}, {}, dice.one_in(2)});
  maybe(dice, o.rate_limit, {{{word(dice), {1, 2, 3}}}, "client.ip"});
  if (dice.one_in(3)) o.headers.emplace().custom_request_headers = {{"X-A", word(dice)}};
  if (dice.one_in(3)) o.auth.emplace().header_field = word(dice);
  for (std::size_t n = dice.below(3); n > 0; --n) o.errors[word(dice) + "/auth"] = {{"500-599"}, "backend-" + word(dice), "/{status}"};
  return f;
}

model::backend random_backend(dice_type& dice, std::string name) {
  model::backend b;
  b.name = std::move(name);
  for (std::size_t n = dice.below(3); n > 0; --n) {
    model::server s;
    s.name = word(dice);
    s.host = "10.0.0." + word(dice);
    b.servers.push_back(std::move(s));
  }
  maybe(dice, b.balance, {word(dice), dice.one_in(2), {}});
  maybe(dice, b.circuit_breaker, {word(dice)});
  maybe(dice, b.max_conn, {3, "client.ip"});
  maybe(dice, b.buffering, {1, 2, 3, 4, word(dice)});
  if (dice.one_in(3)) b.health_check.emplace().path = "/" + word(dice);
  maybe(dice, b.response_forwarding, {"1s"});
  b.hold = std::chrono::milliseconds(dice.below(3));
  b.slow_start = std::chrono::milliseconds(dice.below(3));
  b.abort_on_close = dice.one_in(2);
  b.timeouts.connect = std::chrono::milliseconds(dice.below(9));
  b.replicas = dice.one_in(2) ? model::unknown_replicas : dice.below(5);
  return b;
}

std::vector<std::string> order_of(const model::configuration& all) { return all.http.routers.front().middlewares; }

}  // namespace

TEST_CASE("Traefik 1's configurations come back as they were", "[unit][model][traefik1][property]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    dice_type dice(seed);
    traefik1::configuration c;
    for (const char* name : {"a", "auth/a", "b", "c"}) {
      if (dice.one_in(2)) c.frontends.push_back(random_frontend(dice, name));
      if (dice.one_in(2)) c.backends.push_back(random_backend(dice, "backend-" + std::string(name)));
    }
    const model::configuration all = traefik1::translated(c);
    REQUIRE(traefik1::view_of(all) == c);
    const auto by_name = [](const auto& x, const auto& y) { return x.name < y.name; };
    REQUIRE(std::is_sorted(all.http.middlewares.begin(), all.http.middlewares.end(), by_name));
    for (const model::router& r : all.http.routers)
      for (const std::string& name : r.middlewares) REQUIRE(find_named(all.http.middlewares, name) != nullptr);
  }
}

TEST_CASE("middlewares stand in Traefik 1.7's order, the backend's among the frontend's", "[unit][model][traefik1]") {
  model::frontend f;
  f.name = "frontend-Host-a-0";
  f.identity = "web";
  f.backend = "backend-web";
  f.options.auth.emplace();
  f.options.rate_limit.emplace();
  f.options.headers.emplace();
  f.options.redirect.emplace();
  f.options.white_list.emplace();
  f.options.errors["z"] = f.options.errors["a"] = {};
  model::backend b;
  b.name = "backend-web";
  b.max_conn.emplace();
  b.buffering.emplace();
  b.circuit_breaker.emplace();
  const auto all = traefik1::translated({{b}, {f}});
  CHECK(order_of(all) == std::vector<std::string>{"errors/0/web", "errors/1/web", "white-list/web", "redirect/web", "headers/web", "auth/web",
                                                  "circuit-breaker/backend-web", "buffering/backend-web", "max-conn/backend-web", "rate-limit/web"});
  CHECK(std::get<model::error_page>(find_named(all.http.middlewares, "errors/1/web")->kind).name == "z");
  CHECK(traefik1::backend_behind(*find_named(all.http.middlewares, "max-conn/backend-web")) == "backend-web");
  CHECK(traefik1::backend_behind(*find_named(all.http.middlewares, "auth/web")).empty());
}

TEST_CASE("frontends of one backend name its middlewares, which are there once", "[unit][model][traefik1]") {
  model::frontend f, g;
  f.name = "f";
  g.name = "g";
  f.backend = g.backend = "b";
  model::backend b;
  b.name = "b";
  b.max_conn.emplace();
  const auto all = traefik1::translated({{b}, {f, g}});
  REQUIRE(all.http.middlewares.size() == 1);
  CHECK(all.http.routers[0].middlewares == std::vector<std::string>{"max-conn/b"});
  CHECK(all.http.routers[1].middlewares == all.http.routers[0].middlewares);
}

TEST_CASE("what Traefik 1 has no word for is shown as far as it goes", "[unit][model][traefik1]") {
  model::configuration all;
  model::router r;
  r.name = "r";
  r.service = "api";
  r.middlewares = {"first", "gone", "second"};
  all.http.routers = {r};
  all.http.services = {{"api", model::load_balancer{}}};
  all.http.middlewares = {{"first", model::redirect{"https", {}, {}, false}}, {"second", model::redirect{"http", {}, {}, false}}};
  const auto seen = traefik1::view_of(all);
  CHECK(seen.frontends[0].options.redirect->entry_point == "https");
  CHECK(seen.frontends[0].pass_host_header);
  CHECK(seen.backends[0].servers.empty());
}
