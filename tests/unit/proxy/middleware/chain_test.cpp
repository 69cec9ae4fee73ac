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
    proxy::io::task<decision> decide(proxy::client::context&, proxy::io::waiter&, proxy::io::stream&) override { co_return std::move(made); }
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
    step_result result = run_steps(c.steps, next, a.about(), a.request, said);
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
