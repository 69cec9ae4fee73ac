// The order of steps: each sees what those before it did; any number of them may wait, and each check is really made.
#include "asked.hpp"

#include "catch.hpp"

using namespace waggle;
using namespace waggle::test;
using namespace waggle::proxy::middleware;

namespace {

/// Notes that it was there, in the request.
struct noting : step {
  explicit noting(std::string n) : name(std::move(n)) {}
  step_result on_request(const request_info& about, http::request& request) const override {
    request.fields.set("X-Way", std::string(field(about, "X-Way")) + name);
    return passed{.user = name};
  }
  std::string name;
};

struct refusing final : step {
  step_result on_request(const request_info&, http::request&) const override { return local_answer{403, {}, "no"}; }
};

/// Waits for a check that sets a field to what the request was when it was asked.
struct waiting final : noting {
  struct check final : deferred_check {
    explicit check(decision d) : made(std::move(d)) {}
    proxy::io::task<decision> decide(proxy::client::context&, proxy::io::waiter&, proxy::io::readiness&) override { co_return std::move(made); }
    decision made;
  };
  using noting::noting;
  step_result on_request(const request_info& about, http::request&) const override {
    decision d;
    d.user = name;
    d.set = {{"X-Way", std::string(field(about, "X-Way")) + name}};
    return std::make_shared<check>(std::move(d));
  }
};

chain chain_of(std::vector<std::unique_ptr<const step>> steps) {
  chain out;
  for (auto& s : steps) out.steps.push_back({std::move(s), nullptr});
  return out;
}

template <class... Steps>
chain of(Steps... steps) {
  std::vector<std::unique_ptr<const step>> all;
  (all.push_back(std::make_unique<Steps>(std::move(steps))), ...);
  return chain_of(std::move(all));
}

}  // namespace

TEST_CASE("steps run in order, and each sees what those before it did", "[unit][proxy][middleware][chain]") {
  asked a;
  CHECK_FALSE(a.of(of(noting("a"), noting("b"), noting("c"))));
  CHECK(a.values("X-Way") == std::vector<std::string>{"abc"});
  CHECK(a.said.user == "c");
  const auto answer = a.of(of(noting("a"), refusing(), noting("c")));
  REQUIRE(answer);
  CHECK(answer->status == 403);
  CHECK(a.values("X-Way") == std::vector<std::string>{"a"});
  CHECK(a.said.user == "a");  // who came so far is told, also of a refusal
}

TEST_CASE("every check of a chain is made, in its place", "[unit][proxy][middleware][chain]") {
  asked a;
  a.begin();
  const chain c = of(noting("a"), waiting("B"), waiting("C"), noting("d"), waiting("E"));
  std::size_t next = 0;
  passed said;
  std::string checks;
  for (;;) {
    step_result result = run_steps(c.steps, next, a.about(), a.request, said, a.limits);
    if (std::holds_alternative<passed>(result)) break;
    auto* const check = std::get_if<std::shared_ptr<deferred_check>>(&result);
    REQUIRE(check);
    const decision d = decided(**check);
    checks += d.user;
    apply(d, a.request);
  }
  CHECK(checks == "BCE");
  CHECK(a.values("X-Way") == std::vector<std::string>{"aBCdE"});
  CHECK(next == c.steps.size());
}

namespace {

using named = std::vector<std::shared_ptr<const model::middleware>>;

std::shared_ptr<const model::middleware> one(const char* name, model::middleware::any_kind kind) {
  return std::make_shared<const model::middleware>(model::middleware{name, std::move(kind)});
}

model::router router_to(const char* service) {
  model::router r;
  r.name = "r";
  r.entry_points = {"http"};
  r.service = service;
  return r;
}

const model::rate_limit once{{{"all", {3'600'000'000'000, 1, 1}}}, "request.host"};
const model::white_list nobody{{"10.0.0.0/8"}, false};

/// The status of each of two requests; 0: it passes.
std::pair<unsigned, unsigned> two_requests(const chain& c) {
  const auto status = [&] {
    asked a;
    const auto answer = a.of(c);
    return answer ? answer->status : 0U;
  };
  const unsigned first = status();
  return {first, status()};
}

}  // namespace

TEST_CASE("the order of a router's list is the order of its chain", "[unit][proxy][middleware][chain]") {
  chain_builder build;
  const model::router r = router_to("s");
  SECTION("a limit before a white list counts those who are sent away") {
    const auto c = build.of(r, {one("limit", once), one("list", nobody)});
    REQUIRE(c.has_value());
    CHECK(two_requests(*c) == std::pair(403U, 429U));
  }
  SECTION("behind it it does not") {
    const auto c = build.of(r, {one("list", nobody), one("limit", once)});
    REQUIRE(c.has_value());
    CHECK(two_requests(*c) == std::pair(403U, 403U));
  }
}

TEST_CASE("a router may have two of a kind", "[unit][proxy][middleware][chain]") {
  chain_builder build;
  const model::router r = router_to("s");
  SECTION("both white lists must agree") {
    const model::white_list somebody{{"192.0.2.0/24"}, false};
    const auto both = build.of(r, {one("a", somebody), one("b", nobody)});
    REQUIRE(both.has_value());
    CHECK(two_requests(*both).first == 403);
    const auto first = build.of(r, {one("a", somebody), one("b", somebody)});
    REQUIRE(first.has_value());
    CHECK(two_requests(*first).first == 0);
  }
  SECTION("equal limits count each for itself, and go on counting in the next table") {
    model::rate_limit twice = once;
    twice.rate_set["all"].burst = 2;
    const named list{one("a", twice), one("b", twice)};
    const auto c = build.of(r, list), next = build.of(r, list);
    REQUIRE(c.has_value());
    REQUIRE(next.has_value());
    REQUIRE(c->steps.size() == 2);
    CHECK(c->steps[0].counts != c->steps[1].counts);
    CHECK(c->steps[0].counts == next->steps[0].counts);
    CHECK(c->steps[1].counts == next->steps[1].counts);
    CHECK(two_requests(*c) == std::pair(0U, 0U));  // were they one, the second request would find it empty
  }
  SECTION("the first headers have the last word on answers") {
    model::headers outer, inner;
    outer.custom_response_headers = {{"X-Frame-Options", "SAMEORIGIN"}, {"X-A", "1"}};
    outer.referrer_policy = "no-referrer";
    inner.custom_response_headers = {{"X-A", "2"}, {"X-B", "3"}};
    inner.frame_deny = true;
    inner.referrer_policy = "origin";
    const auto c = build.of(r, {one("outer", outer), one("inner", inner)});
    REQUIRE(c.has_value());
    REQUIRE(c->on_answer);
    CHECK(c->on_answer->added(false) == "X-A: 1\r\nX-Frame-Options: SAMEORIGIN\r\nReferrer-Policy: no-referrer\r\nX-B: 3\r\n");
  }
  SECTION("… also where the first speaks of answers over TLS alone") {
    model::headers outer, inner;
    outer.sts_seconds = 100;
    SECTION("and the second of all") { inner.custom_response_headers = {{"Strict-Transport-Security", "max-age=5"}}; }
    SECTION("and the second of all, by its own option") {
      inner.sts_seconds = 5;
      inner.force_sts_header = true;
    }
    const auto c = build.of(r, {one("outer", outer), one("inner", inner)});
    REQUIRE(c.has_value());
    REQUIRE(c->on_answer);
    CHECK(c->on_answer->added(true) == "Strict-Transport-Security: max-age=100\r\n");
    CHECK(c->on_answer->added(false) == "Strict-Transport-Security: max-age=5\r\n");
    CHECK(c->on_answer->removes("strict-transport-security", false));
    const auto other_way = build.of(r, {one("inner", inner), one("outer", outer)});
    REQUIRE(other_way.has_value());
    CHECK(other_way->on_answer->added(true) == "Strict-Transport-Security: max-age=5\r\n");
    CHECK(other_way->on_answer->added(false) == "Strict-Transport-Security: max-age=5\r\n");
  }
  SECTION("but one buffering") {
    const auto c = build.of(r, {one("a", model::buffering{}), one("b", model::buffering{})});
    REQUIRE_FALSE(c.has_value());
    CHECK(c.error().reason == "error setting up buffering middleware: router r has two of them; keep one");
  }
}

TEST_CASE("an error page is for answers of what stands behind it", "[unit][proxy][middleware][chain][errors]") {
  chain_builder build;
  const model::error_page page{{"403"}, "err", "/"};
  const auto c = build.of(router_to("s"), {one("p0", page), one("list", nobody), one("p1", page), one("limit", once), one("p2", page)});
  REQUIRE(c.has_value());
  CHECK(c->pages_from == std::vector<std::size_t>{0, 1, 2});
}

TEST_CASE("routers of one service with the same limit count together, those of two do not", "[unit][proxy][middleware][chain]") {
  chain_builder build;
  const named list{one("limit", once)};
  const auto a = build.of(router_to("s"), list), b = build.of(router_to("s"), list), other = build.of(router_to("t"), list);
  REQUIRE((a.has_value() && b.has_value() && other.has_value()));
  CHECK(a->steps[0].counts == b->steps[0].counts);
  CHECK(a->steps[0].counts != other->steps[0].counts);
}
