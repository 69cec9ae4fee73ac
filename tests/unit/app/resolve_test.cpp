// Which settings go together, and what the components are told.
#include "options/complaints.hpp"
#include "options/parse.hpp"
#include "process/cpu_count.hpp"
#include "startup/internal_routes.hpp"
#include "startup/resolve.hpp"

#include <waggle/model/traefik1/translate.hpp>

#include "catch.hpp"

using namespace waggle::app;
using Catch::Matchers::Contains;
using args = std::vector<std::string>;
using std::chrono::milliseconds;

namespace {

settings given(args a, bool with_docker = true) {
  if (with_docker) a.insert(a.begin(), {"--docker", "--docker.swarmmode"});
  const auto out = parse_options({.args = std::move(a), .environment = {}, .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  return out->values;
}

startup_plan plan(args a) {
  const auto out = resolve(given(std::move(a)), {.cpus = 4, .hostname = "host"});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  return *out;
}

const waggle::proxy::entry_point* entry(const startup_plan& p, std::string_view name) {
  for (const auto& e : p.proxy.entry_points)
    if (e.name == name) return &e;
  return nullptr;
}

std::string own_address(const args& flags) {
  const startup_plan p = plan(flags);
  return find_operators(p) ? find_operators(p)->address : std::string();
}

}  // namespace

TEST_CASE("the plan without further flags", "[unit][app][resolve]") {
  const startup_plan p = plan({});
  REQUIRE(p.proxy.entry_points.size() == 1);
  CHECK(p.proxy.entry_points[0].name == "http");
  CHECK(p.proxy.entry_points[0].address == ":80");
  CHECK(p.proxy.workers == 4);
  CHECK(p.proxy.hostname == "host");
  CHECK_FALSE(find_operators(p));
  CHECK(p.discovery.entry_points == args{"http"});
  CHECK(p.discovery.default_entry_points == args{"http"});
  CHECK(p.log.level == waggle::base::log_level::error);
  CHECK(p.grace == milliseconds{8'000});
  CHECK(p.drain_delay == milliseconds{0});
  CHECK(p.warnings.empty());
}

TEST_CASE("--web makes entry point traefik, and is ignored beside --api", "[unit][app][resolve]") {
  const startup_plan web = plan({"--web"});
  REQUIRE(find_operators(web));
  CHECK(find_operators(web)->name == "traefik");
  CHECK(find_operators(web)->address == ":8080");
  CHECK(web.api);
  REQUIRE(web.warnings.size() == 1);
  CHECK_THAT(web.warnings[0], Contains("web provider configuration is deprecated"));

  // It replaces an entry point of that name.
  CHECK(own_address({"--web.address=:9", "--entryPoints=Name:http Address::80", "--entryPoints=Name:traefik Address::7"}) == ":9");
  const startup_plan both = plan({"--web.address=:9", "--api"});
  CHECK(find_operators(both)->address == ":8080");
  CHECK(both.warnings.size() == 2);
}

TEST_CASE("the API's lock goes with its entry point", "[unit][app][resolve]") {
  const args words{"--entryPoints=Name:http Address::80",
                   "--entryPoints=Name:traefik Address::7 Auth.Basic.Users:joe:{SHA}x= WhiteList.SourceRange:10.0.0.0/8"};
  const auto with = [&](args more) {
    more.insert(more.end(), words.begin(), words.end());
    return plan(more);
  };
  for (const startup_plan& p : {with({"--api"}), with({"--ping"}), with({"--web"})}) {  // with --web the address changes, the lock stays
    const auto* const own = find_operators(p);                                          // for frontends there
    REQUIRE(own);
    REQUIRE(own->auth);
    CHECK(own->auth->basic->users == args{"joe:{SHA}x="});
    REQUIRE(own->white_list);
    CHECK(p.proxy.entry_points.size() == 2);
    const auto routes = waggle::model::traefik1::view_of(*internal_routes(p));
    for (const auto& f : routes.frontends) {  // and for the API, but for health checks
      CHECK(f.options.auth.has_value() == (f.backend != "ping@internal"));
      CHECK(f.options.white_list.has_value() == (f.backend != "ping@internal"));
    }
  }
  const startup_plan old = plan({"--web", "--web.auth.basic.users=a:{SHA}x=,b:{SHA}y="});
  REQUIRE(find_operators(old)->auth);
  CHECK(find_operators(old)->auth->basic->users.size() == 2);
  const startup_plan ignored = plan({"--api", "--web.auth.basic.users=a:{SHA}x="});
  CHECK(find_operators(ignored)->auth);  // --web is ignored then; its lock is not
  const startup_plan open = plan({"--api"});
  CHECK_FALSE(find_operators(open)->auth);
}

TEST_CASE("API and ping choose their entry point", "[unit][app][resolve]") {
  CHECK(own_address({"--api"}) == ":8080");
  const startup_plan ping = plan({"--ping"});
  CHECK(find_operators(ping)->address == ":8080");
  CHECK_FALSE(ping.api);
  const startup_plan own = plan({"--api.entrypoint=admin", "--entryPoints=Name:http Address::80", "--entryPoints=Name:admin Address:127.0.0.1:9000"});
  REQUIRE(find_operators(own));
  CHECK(find_operators(own)->name == "admin");
  CHECK(find_operators(own)->address == "127.0.0.1:9000");
  REQUIRE(own.proxy.entry_points.size() == 2);
  CHECK(own.proxy.entry_points[0].name == "http");
  CHECK(own.discovery.entry_points == args{"http", "admin"});
}

TEST_CASE("API, ping and metrics on an entry point that serves traffic", "[unit][app][resolve]") {
  const auto shared = [](const startup_plan& p) {
    std::vector<std::string> out;
    for (const internal_part& i : p.internal)
      if (!entry(p, i.entry_point)->operators)
        out.push_back(i.entry_point + (i.what == internal_kind::api ? " api" : i.what == internal_kind::ping ? " ping" : " metrics"));
    return out;
  };
  const startup_plan ping = plan({"--ping.entryPoint=http"});
  CHECK_FALSE(find_operators(ping));
  CHECK(shared(ping) == args{"http ping"});
  REQUIRE(ping.proxy.entry_points.size() == 1);
  const auto routes = internal_routes(ping);
  for (const auto& f : routes->http.routers) CHECK(f.before_entry_steps);  // no redirect or auth in the way of a health check
  CHECK(ping.warnings.empty());
  const startup_plan both = plan({"--api", "--ping.entryPoint=http"});
  REQUIRE(find_operators(both));
  CHECK(find_operators(both)->name == "traefik");
  CHECK(shared(both) == args{"http ping"});
  const startup_plan api = plan({"--api.entryPoint=http"});
  CHECK_FALSE(find_operators(api));
  CHECK(api.api);
  REQUIRE(api.warnings.size() == 1);
  CHECK_THAT(api.warnings[0], Contains("every client of entry point http can read the API"));
  CHECK(plan({"--api.entryPoint=http", "--entryPoints=Name:http Address::80 WhiteList.SourceRange:10.0.0.0/8"}).warnings.empty());
  const startup_plan other =
      plan({"--api.entryPoint=admin", "--ping", "--entryPoints=Name:http Address::80", "--entryPoints=Name:admin Address::9000"});
  CHECK(find_operators(other)->name == "admin");
  CHECK(shared(other) == args{"traefik ping"});
  CHECK(entry(other, "traefik")->address == ":8080");
  CHECK(*healthcheck_address(given({"--ping.entryPoint=http", "--entryPoints=Name:http Address::81"}, false)) == ":81");
}

TEST_CASE("what cannot start says how to mend it", "[unit][app][resolve]") {
  const auto [a, said] = GENERATE(table<args, const char*>({
      {args{}, "no provider is given; start waggle with --docker --docker.swarmmode"},
      {{"--file"}, "--file: no file is named"},
      {{"--docker.swarmmode", "--docker.tls.cert=x"}, "go together"},
      {{"--docker.swarmmode", "--api.entrypoint=x"}, "--api.entrypoint=x: there is no such entry point"},
      {{"--docker.swarmmode", "--api", "--ping.entrypoint=p"}, "--ping.entrypoint=p: there is no such entry point"},
      {{"--docker.swarmmode", "--web", "--entryPoints=Name:traefik Address::80"}, "no entry point is left for traffic"},
      {{"--docker.swarmmode", "--api", "--entryPoints=Name:http Address::8080"}, "entry points http and traefik have the same address"},
  }));
  CAPTURE(a);
  const auto out = resolve(given(a, false), {});
  REQUIRE_FALSE(out.has_value());
  CHECK_THAT(out.error().reason, Contains(said));
}

TEST_CASE("a swarm or the containers of one engine: by the flag alone, as in Traefik", "[unit][app][resolve]") {
  const auto swarm = [](const args& a) { return resolve(given(a, false), {})->discovery.swarm_mode; };
  CHECK_FALSE(swarm({"--docker"}));
  CHECK_FALSE(swarm({"--docker.endpoint=tcp://127.0.0.1:2375"}));
  CHECK_FALSE(swarm({"--docker", "--docker.swarmmode=false"}));
  CHECK(swarm({"--docker", "--docker.swarmmode"}));
  CHECK(swarm({"--docker.swarmmode"}));
}

TEST_CASE("all that cannot start is named in one run", "[unit][app][resolve]") {
  const auto out =
      resolve(given({"--docker.tls.cert=x", "--docker.swarmmode=false", "--file", "--api.entrypoint=x", "--ping.entrypoint=y", "--metrics.prometheus",
                     "--entryPoints=Name:a Address::80", "--entryPoints=Name:b Address::80", "--entryPoints=Name:c Address::80"},
                    false),
              {});
  REQUIRE_FALSE(out.has_value());
  const std::vector<std::string> all = apart(out.error().reason);
  CHECK(all.size() == 7);
  for (const char* part :
       {"--file: no file is named", "--docker.tls.cert and --docker.tls.key go together", "--api.entrypoint=x: there is no such entry point",
        "--ping.entrypoint=y: there is no such entry point", "entry points a and b have", "entry points a and c have", "entry points b and c have"})
    CHECK_THAT(out.error().reason, Contains(part));
}

TEST_CASE("options that Traefik kept in a store are asked for", "[unit][app][resolve]") {
  const auto out = resolve(given({"--consul", "--consul.endpoint=kv:8500"}, false), {});
  REQUIRE_FALSE(out.has_value());
  CHECK_THAT(out.error().reason, Contains("give it the flags that were given to storeconfig"));
}

TEST_CASE("a lock of the API without users is not left out", "[unit][app][resolve]") {
  for (const args& a :
       {args{"--web.auth.basic.users="}, args{"--web.auth.basic"}, args{"--web", "--web.auth.digest.users="}, args{"--api", "--web.auth.basic"}}) {
    const auto out = resolve(given(a), {});
    REQUIRE_FALSE(out.has_value());
    CHECK_THAT(out.error().reason, Contains("names no user"));
  }
  CHECK(find_operators(plan({"--web.auth.basic.usersFile=/x"}))->auth);
  CHECK_FALSE(find_operators(plan({"--web", "--web.auth.basic=false"}))->auth);
}

TEST_CASE("an entry point without an address listens where http is spoken", "[unit][app][resolve]") {
  const startup_plan p = plan({"--entryPoints=Name:http"});
  REQUIRE(p.proxy.entry_points.size() == 1);
  CHECK(p.proxy.entry_points[0].address == ":80");
  REQUIRE(p.warnings.size() == 1);
  CHECK_THAT(p.warnings[0], Contains("Entry point http has no Address and listens at :80"));
  CHECK(*healthcheck_address(given({"--ping.entryPoint=http", "--entryPoints=Name:http"}, false)) == ":80");
  const auto two = resolve(given({"--docker.swarmmode", "--entryPoints=Name:http", "--entryPoints=Name:other"}, false), {});
  REQUIRE_FALSE(two.has_value());
  CHECK_THAT(two.error().reason, Contains("entry points http and other have the same address :80"));
}

TEST_CASE("the file provider goes with and without Docker", "[unit][app][resolve]") {
  CHECK_FALSE(plan({}).file);
  CHECK(plan({"--file.filename=x"}).docker);
  const auto alone = resolve(
      given({"--file.filename=x", "--file.watch=false", "--keeptrailingslash", "--entryPoints=Name:web Address::81", "--defaultEntryPoints=web"},
            false),
      {});
  REQUIRE(alone.has_value());
  CHECK_FALSE(alone->docker);
  REQUIRE(alone->file);
  CHECK(alone->file->filename == "x");
  CHECK_FALSE(alone->file->watch);
  CHECK_FALSE(alone->file->among_options);
  CHECK(alone->file->keep_trailing_slash);
  CHECK(alone->file->entry_points == args{"web"});
  CHECK(alone->file->default_entry_points == args{"web"});
  CHECK(plan({"--file.filename=x"}).file->watch);
}

TEST_CASE("what is odd but starts is warned of", "[unit][app][resolve]") {
  const auto [a, said] = GENERATE(table<args, const char*>({
      {{"--entryPoints=Name:web Address::80"}, "Default entry point http is not defined"},
      {{"--entryPoints=Name:http Address::80", "--entryPoints=Name:http Address::81"}, "Entry point http is defined twice"},
      {{"--stop-grace=12s"}, "Swarm kills after 10 s"},
  }));
  CAPTURE(a);
  const startup_plan p = plan(a);
  REQUIRE(p.warnings.size() == 1);
  CHECK_THAT(p.warnings[0], Contains(said));
}

TEST_CASE("entry points below HTTP are none for frontends, the API or ping", "[unit][app][resolve]") {
  namespace d = waggle::discovery;
  const startup_plan p = plan({"--entryPoints=Name:http Address::80", "--entryPoints=Name:pg Address::5432/tcp",
                               "--entryPoints=Name:dns Address:10.0.0.1:5432/udp", "--defaultEntryPoints=http,pg"});
  CHECK(p.discovery.entry_points == args{"http"});
  CHECK(p.discovery.layer4_entry_points ==
        std::vector<d::entry_point_facts>{{"pg", waggle::model::protocol::tcp, 5432, false}, {"dns", waggle::model::protocol::udp, 5432, true}});
  REQUIRE(p.warnings.size() == 1);
  CHECK_THAT(p.warnings[0], Contains("Default entry point pg does not speak HTTP"));

  const auto refused = [](args more) {
    more.insert(more.begin(), {"--entryPoints=Name:http Address::80", "--entryPoints=Name:pg Address::5432/tcp"});
    const auto out = resolve(given(std::move(more)), {.cpus = 4, .hostname = "host"});
    return out ? std::string() : out.error().reason;
  };
  CHECK_THAT(refused({"--api", "--api.entryPoint=pg"}), Contains("--api.entrypoint=pg: entry point pg at :5432/tcp does not speak HTTP"));
  CHECK_THAT(refused({"--api", "--ping", "--ping.entryPoint=pg"}), Contains("entry point pg at :5432/tcp does not speak HTTP"));
  CHECK_THAT(refused({"--entryPoints=Name:x Address::5432"}), Contains("have the same address :5432"));
  CHECK(refused({"--entryPoints=Name:x Address::5432/udp"}).empty());
}

TEST_CASE("stopping fits into Swarm's ten seconds by default", "[unit][app][resolve]") {
  CHECK(plan({"--drain-delay=3s"}).grace == milliseconds{5'000});
  CHECK(plan({"--drain-delay=7.5s"}).grace == milliseconds{1'000});
  CHECK(plan({"--drain-delay=1s", "--stop-grace=2s"}).grace == milliseconds{2'000});
}

TEST_CASE("time limits and figures reach the proxy", "[unit][app][resolve]") {
  const waggle::proxy::options defaults;
  const startup_plan p = plan({"--respondingTimeouts.readTimeout=3s", "--respondingTimeouts.idleTimeout=0", "--forwardingTimeouts.dialTimeout=2s",
                               "--workers=3", "--maxidleconnsperhost=10", "--compat=traefik1", "--keeptrailingslash"});
  CHECK(p.proxy.timeouts.request_head == milliseconds{3'000});
  CHECK(p.proxy.timeouts.request_body == milliseconds{3'000});
  CHECK(p.proxy.timeouts.keep_alive == milliseconds{0});
  CHECK(p.proxy.timeouts.client_write == defaults.timeouts.client_write);
  CHECK(p.proxy.timeouts.response_head == defaults.timeouts.response_head);
  CHECK(p.proxy.timeouts.connect == milliseconds{2'000});
  CHECK(p.proxy.workers == 3);
  CHECK(p.proxy.limits.pool_per_server == 4);
  CHECK(p.proxy.compat_traefik1);
  CHECK(p.discovery.compat_traefik1);
  CHECK(p.proxy.keep_trailing_slash);
}

TEST_CASE("a time limit of 0 is none, where there can be none", "[unit][app][resolve]") {
  const waggle::proxy::options defaults;
  const startup_plan p = plan({"--respondingTimeouts.readTimeout=0", "--respondingTimeouts.writeTimeout=0", "--forwardingTimeouts.dialTimeout=0",
                               "--forwardingTimeouts.responseHeaderTimeout=0"});
  CHECK(p.proxy.timeouts.request_head == defaults.timeouts.request_head);
  CHECK(p.proxy.timeouts.connect == defaults.timeouts.connect);
  for (const milliseconds none : {p.proxy.timeouts.request_body, p.proxy.timeouts.client_write, p.proxy.timeouts.response_head})
    CHECK(none.count() == 0);
  const startup_plan q = plan({"--respondingTimeouts.writeTimeout=7s", "--forwardingTimeouts.responseHeaderTimeout=8s"});
  CHECK(q.proxy.timeouts.client_write == milliseconds{7'000});
  CHECK(q.proxy.timeouts.response_head == milliseconds{8'000});
}

TEST_CASE("constraints of both kinds are joined; debug sets the level", "[unit][app][resolve]") {
  CHECK(plan({"--constraints=tag==a", "--docker.constraints=tag!=b"}).discovery.constraints == args{"tag==a", "tag!=b"});
  CHECK(plan({"--debug"}).log.level == waggle::base::log_level::debug);
  CHECK(plan({"--debug", "--loglevel=WARN"}).log.level == waggle::base::log_level::warning);
}

TEST_CASE("healthcheck finds the address with few flags", "[unit][app][resolve]") {
  CHECK(*healthcheck_address(given({}, false)) == ":8080");
  CHECK(*healthcheck_address(given({"--ping"}, false)) == ":8080");
  CHECK(*healthcheck_address(given({"--web.address=:9"}, false)) == ":9");
  CHECK(*healthcheck_address(given({"--ping", "--entryPoints=Name:traefik Address::7"}, false)) == ":7");
  CHECK_FALSE(healthcheck_address(given({"--ping.entrypoint=x"}, false)).has_value());
}

TEST_CASE("a cgroup's quota is counted in whole CPUs", "[unit][app][resolve]") {
  CHECK(cpus_of_cpu_max("max 100000") == 0);
  CHECK(cpus_of_cpu_max("150000 100000") == 2);
  CHECK(cpus_of_cpu_max("100000 100000") == 1);
  CHECK(cpus_of_cpu_max("10000 100000") == 1);
  CHECK(cpus_of_cpu_max("-1 100000") == 0);
  CHECK(cpus_of_cpu_max("") == 0);
  CHECK(cpus_of_cpu_max(" ") == 0);
  CHECK(usable_cpus() >= 1);
}
