// Services below HTTP among others: shared virtual services, entry points that two want or that are not there, tasks that come and go.
#include <catch.hpp>

#include "layer4.hpp"
#include "translate/entry_choice.hpp"

using namespace waggle;
using namespace waggle::discovery;
using namespace waggle::discovery::test;
using model::routing_state;
using model::severity;

namespace {

std::shared_ptr<const service_view> born(const std::string& name, labels l, std::int64_t created, int first_address = 5, std::size_t replicas = 1) {
  auto v = *running(name, std::move(l), replicas, first_address);
  v.spec.created_ns = created;
  v.spec.replicas = replicas;
  return std::make_shared<const service_view>(std::move(v));
}

const model::verdict& verdict_of(const translation& t, const std::string& service) {
  return *std::find_if(t.verdicts->begin(), t.verdicts->end(), [&](const auto& v) { return v.service == service; });
}

std::size_t told(const model::verdict& v, const std::string& code) {
  return static_cast<std::size_t>(std::count_if(v.diagnostics.begin(), v.diagnostics.end(), [&](const auto& d) { return d.code == code; }));
}

const model::diagnostic& finding(const model::verdict& v, const std::string& code) {
  return *std::find_if(v.diagnostics.begin(), v.diagnostics.end(), [&](const auto& d) { return d.code == code; });
}

labels both(labels a, const labels& b) {
  a.insert(b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("a service may have a part in HTTP and one below it", "[unit][discovery][layer4]") {
  const sole s(both(basic(), tcp_labels()));
  CHECK(s.clean());
  CHECK(s.all.config->http.routers.size() == 1);
  CHECK(s.all.config->tcp.routers.size() == 1);
  for (const char* http : {"traefik.port", "traefik.frontend.rule", "traefik.backend", "traefik.backend.loadbalancer.method", "traefik.web.port",
                           "traefik.web.frontend.rule"}) {
    CAPTURE(http);
    CHECK(sole(both(tcp_labels(), {{http, "80"}})).verdict().diagnostics.size() > 0);  // HTTP is asked for by halves
    CHECK(sole(both(tcp_labels(), {{http, "80"}})).routed());
  }
  for (const labels& none : {labels{{"traefik.enable", "true"}}, labels{{"traefik.docker.network", "appnet"}}, labels{{"traefik.weight", "3"}},
                             labels{{"traefik.tags", "a"}}}) {
    const sole below(both(tcp_labels(), none));
    CHECK(below.clean());
    CHECK(below.all.config->http == model::http_configuration{});
  }
}

TEST_CASE("what is wrong below HTTP costs nothing of HTTP, and the other way round", "[unit][discovery][layer4]") {
  const sole bad_tcp(both(basic(), tcp_labels("scheduler", "x")));
  CHECK(bad_tcp.verdict().state == routing_state::routed_with_warnings);
  CHECK(bad_tcp.all.config->http.routers.size() == 1);
  CHECK(bad_tcp.all.config->tcp.routers.empty());
  const sole bad_http(both(basic("Nonsense:"), tcp_labels()));
  CHECK(bad_http.verdict().state == routing_state::routed_with_warnings);
  CHECK(bad_http.all.config->http.routers.empty());
  CHECK(bad_http.all.config->tcp.routers.size() == 1);
  const sole bad_udp(both(udp_labels("weight", "x"), tcp_labels()));
  CHECK(bad_udp.all.config->udp.routers.empty());
  CHECK(bad_udp.all.config->tcp.routers.size() == 1);
}

TEST_CASE("a service below HTTP moves no number in the names of frontends", "[unit][discovery][layer4]") {
  const auto alone = translated({running("web", basic("PathPrefix:/"), 1, 20)});
  const auto beside = translated({running("pg", tcp_labels(), 3), running("web", basic("PathPrefix:/"), 1, 20)});
  CHECK(alone.config->http == beside.config->http);
}

TEST_CASE("enable, constraints, networks and weight hold below HTTP as well", "[unit][discovery][layer4]") {
  CHECK_FALSE(sole(both(tcp_labels(), {{"traefik.enable", "false"}})).routed());
  CHECK(sole(both(tcp_labels(), {{"traefik.enable", "false"}})).all.config->tcp.services.empty());
  auto opts = layer4_options();
  opts.exposed_by_default = false;
  CHECK_FALSE(sole(tcp_labels(), opts).routed());
  CHECK(sole(both(tcp_labels(), {{"traefik.enable", "true"}}), opts).routed());
  opts.exposed_by_default = true;
  opts.constraints = {"tag==prod"};
  CHECK_FALSE(sole(tcp_labels(), opts).routed());
  CHECK(sole(both(tcp_labels(), {{"traefik.tags", "prod"}}), opts).routed());
  const sole nowhere(both(tcp_labels(), {{"traefik.docker.network", "other"}}));
  CHECK_FALSE(nowhere.routed());
  CHECK(nowhere.finding("unknown-network").label == "traefik.docker.network");
  CHECK(sole(both(tcp_labels(), {{"traefik.weight", "9"}})).tcp().servers.front().weight == 9);
  CHECK(sole(both(tcp_labels("weight", "2"), {{"traefik.weight", "9"}})).tcp().servers.front().weight == 2);
}

TEST_CASE("a service without tasks keeps its entry point", "[unit][discovery][layer4]") {
  const auto t = translated({running("pg", tcp_labels(), 0)});
  CHECK(t.verdicts->front().state == routing_state::routed_with_warnings);
  CHECK(finding(t.verdicts->front(), "no-running-task").text.find("503") == std::string::npos);
  CHECK(t.config->tcp.services.front().servers.empty());
  CHECK(t.config->tcp.routers.size() == 1);
}

TEST_CASE("a missing entry point is told with the flag and what to publish", "[unit][discovery][layer4]") {
  const sole missing(tcp_labels("entryPoint", "db"));
  CHECK_FALSE(missing.routed());
  const auto d = missing.finding("no-entry-point");
  CHECK(d.level == severity::error);
  CHECK(d.label == "waggle.tcp.entryPoint");
  CHECK(d.value == "db");
  CHECK(d.fix.find("--entryPoints='Name:db Address::5432/tcp'") != std::string::npos);
  CHECK(d.fix.find("--publish mode=host,target=5432,published=5432") != std::string::npos);

  options none;
  none.entry_points = {"http"};
  const sole nothing(udp_labels(), none);
  CHECK(nothing.finding("no-entry-point").fix.find("--entryPoints='Name:pg Address::53/udp'") != std::string::npos);
  CHECK(nothing.finding("no-entry-point").fix.find("--publish mode=host,protocol=udp,target=53,published=53") != std::string::npos);

  for (const char* other : {"http", "dns"}) {
    const auto wrong = sole(tcp_labels("entryPoint", other)).finding("entry-point-protocol");
    CHECK(wrong.level == severity::error);
    CHECK(wrong.fix == "write one of: pg");
  }
  CHECK(sole(udp_labels("entryPoint", "pg")).finding("entry-point-protocol").text.find("TCP") != std::string::npos);

  const sole half(tcp_labels("entryPoint", "db,pg"));
  CHECK(half.verdict().state == routing_state::routed_with_warnings);
  CHECK(half.tcp_router().entry_points == std::vector<std::string>{"pg"});
  CHECK(half.finding("no-entry-point").level == severity::warning);

  auto two = layer4_options();
  two.layer4_entry_points.push_back({"redis", model::protocol::tcp, 6379, false});
  const sole which(tcp_labels(), two);
  CHECK_FALSE(which.routed());
  CHECK(which.finding("entry-point-not-named").text.find("pg, redis") != std::string::npos);
  CHECK(which.finding("entry-point-not-named").fix.find("waggle.tcp.entryPoint=pg") != std::string::npos);

  const sole unjudged(tcp_labels("entryPoint", "db"), options{});  // nobody told which there are
  CHECK(unjudged.routed());
}

TEST_CASE("two services on one plain entry point: the older keeps it", "[unit][discovery][layer4]") {
  const auto t = translated({born("young", tcp_labels(), 2000, 5), born("old", tcp_labels(), 1000, 6)});
  CHECK(t.config->tcp.routers.size() == 1);
  CHECK(t.config->tcp.routers.front().name == "old");
  CHECK(t.config->tcp.services.size() == 1);
  CHECK(verdict_of(t, "old").state == routing_state::routed);
  const auto& lost = verdict_of(t, "young");
  CHECK(lost.state == routing_state::not_routed);
  CHECK(lost.tcp_routers.empty());
  CHECK(finding(lost, "entry-point-taken").label == "waggle.tcp.entryPoint");
  CHECK(finding(lost, "entry-point-taken").value == "pg");
  CHECK(finding(lost, "entry-point-taken").text.find("the service old") != std::string::npos);
  CHECK(finding(lost, "entry-point-taken").fix.find("waggle.tcp.service") != std::string::npos);
  CHECK(lost.reason.find("entry point pg is taken") != std::string::npos);
  // Of one age: by id.
  const auto same = translated({born("b", udp_labels(), 7, 5), born("a", udp_labels(), 7, 6)});
  CHECK(same.config->udp.routers.front().name == "a");
  CHECK(verdict_of(same, "b").state == routing_state::not_routed);
  // HTTP of the loser stays.
  const auto mixed = translated({born("young", both(basic(), tcp_labels()), 2, 5), born("old", tcp_labels(), 1, 6)});
  CHECK(verdict_of(mixed, "young").state == routing_state::routed_with_warnings);
  CHECK(mixed.config->http.routers.size() == 1);
}

TEST_CASE("names tell services on one entry point apart", "[unit][discovery][layer4]") {
  const auto apart = translated({born("a", tcp_labels("sni", "a.example"), 1, 5), born("b", tcp_labels("sni", "b.example"), 2, 6),
                                 born("plain", tcp_labels(), 3, 7), born("any", tcp_labels("sni", "*"), 4, 8)});
  CHECK(apart.config->tcp.routers.size() == 4);
  for (const auto& v : *apart.verdicts) CHECK(v.state == routing_state::routed);

  const auto some = translated({born("a", tcp_labels("sni", "a.example"), 1, 5), born("b", tcp_labels("sni", "a.example,b.example"), 2, 6)});
  CHECK(some.config->tcp.routers.size() == 2);
  CHECK(some.config->tcp.routers[1].match.sni == std::vector<std::string>{"b.example"});
  CHECK(verdict_of(some, "b").state == routing_state::routed_with_warnings);
  CHECK(finding(verdict_of(some, "b"), "entry-point-taken").text.find("the name a.example") != std::string::npos);

  const auto all = translated({born("a", tcp_labels("sni", "a.example,b.example"), 1, 5), born("b", tcp_labels("sni", "b.example,a.example"), 2, 6)});
  CHECK(all.config->tcp.routers.size() == 1);
  CHECK(verdict_of(all, "b").state == routing_state::not_routed);

  auto alpn = tcp_labels("sni", "a.example");
  alpn["waggle.tcp.alpn"] = "h2";
  CHECK(translated({born("a", tcp_labels("sni", "a.example"), 1, 5), born("b", alpn, 2, 6)}).config->tcp.routers.size() == 2);
}

TEST_CASE("an entry point that is lost leaves the others", "[unit][discovery][layer4]") {
  auto opts = layer4_options();
  opts.layer4_entry_points.push_back({"extra", model::protocol::tcp, 5433, false});
  const auto t = translated({born("old", tcp_labels("entryPoint", "pg"), 1, 5), born("young", tcp_labels("entryPoint", "pg,extra"), 2, 6)}, opts);
  REQUIRE(t.config->tcp.routers.size() == 2);
  CHECK(t.config->tcp.routers[1].entry_points == std::vector<std::string>{"extra"});
  CHECK(verdict_of(t, "young").state == routing_state::routed_with_warnings);
  CHECK(verdict_of(t, "young").tcp_routers.size() == 1);
}

TEST_CASE("segments of one service do not share an entry point", "[unit][discovery][layer4]") {
  const sole s(labels{{"waggle.a.tcp.port", "1"}, {"waggle.b.tcp.port", "2"}});
  CHECK(s.verdict().state == routing_state::routed_with_warnings);
  CHECK(s.verdict().tcp_routers == std::vector<std::string>{"pg/a"});
  CHECK(s.finding("entry-point-taken").text.find("another segment of this service") != std::string::npos);
}

TEST_CASE("services that name one virtual service share it", "[unit][discovery][layer4]") {
  auto blue = tcp_labels("service", "db"), green = blue;
  blue["waggle.tcp.weight"] = "3";
  blue["waggle.tcp.persistence"] = "60s";
  green["waggle.tcp.weight"] = "1";
  green["waggle.tcp.port"] = "5433";
  const auto t = translated({born("blue", blue, 2, 5, 2), born("green", green, 1, 10)});
  REQUIRE(t.config->tcp.services.size() == 1);
  REQUIRE(t.config->tcp.routers.size() == 1);
  const auto& db = t.config->tcp.services.front();
  CHECK(db.name == "db");
  CHECK(db.persistence->timeout == std::chrono::seconds(60));
  CHECK(db.replicas == 3);
  REQUIRE(db.servers.size() == 3);
  CHECK(db.servers[0].weight == 3);
  CHECK(db.servers[2].weight == 1);
  CHECK(db.servers[2].port == 5433);
  CHECK(db.servers[2].origin.service_name == "green");
  for (const char* who : {"blue", "green"}) {
    CHECK(verdict_of(t, who).state == routing_state::routed);
    CHECK(verdict_of(t, who).tcp_routers == std::vector<std::string>{"db"});
  }
  green["waggle.tcp.persistence"] = "90s";
  green["waggle.tcp.whiteList"] = "10.0.0.0/8";
  const auto differing = translated({born("blue", blue, 2, 5, 2), born("green", green, 1, 10)});
  CHECK(differing.config->tcp.services.front().persistence->timeout == std::chrono::seconds(60));
  CHECK(told(verdict_of(differing, "green"), "shared-options-differ") == 2);
  CHECK(verdict_of(differing, "green").state == routing_state::routed_with_warnings);
  CHECK(finding(verdict_of(differing, "green"), "shared-options-differ").label == "waggle.tcp.persistence");
  CHECK(finding(verdict_of(differing, "green"), "shared-options-differ").text.find("blue") != std::string::npos);
  CHECK(told(verdict_of(differing, "blue"), "shared-options-differ") == 0);
  // The Engine's order decides, not age.
  const auto turned = translated({born("green", green, 1, 10), born("blue", blue, 2, 5, 2)});
  CHECK(turned.config->tcp.services.front().persistence->timeout == std::chrono::seconds(90));
  CHECK(told(verdict_of(turned, "blue"), "shared-options-differ") == 1);
  // A third that wants the entry point for itself is younger than the oldest of them.
  const auto third = translated({born("blue", blue, 9, 5), born("green", green, 1, 10), born("other", tcp_labels(), 5, 20)});
  CHECK(verdict_of(third, "other").state == routing_state::not_routed);
}

TEST_CASE("addresses that two tasks claim are not used below HTTP either", "[unit][discovery][layer4]") {
  const auto t = translated({running("pg", tcp_labels(), 2, 5), running("web", basic(), 1, 6)});
  REQUIRE(t.config->tcp.services.front().servers.size() == 1);
  CHECK(t.config->tcp.services.front().servers.front().host == "10.0.1.5");
  CHECK(told(verdict_of(t, "pg"), "duplicate-address") == 1);
}

TEST_CASE("what did not change is the same piece from round to round", "[unit][discovery][layer4]") {
  translator tr(layer4_options());
  std::vector<std::shared_ptr<const service_view>> all{running("pg", tcp_labels(), 2, 5), running("dns", udp_labels(), 2, 15),
                                                       running("web", basic(), 1, 25)};
  const auto first = tr.translate(swarm_of(all), {}, false);
  all[0] = running("pg", tcp_labels(), 2, 40);  // its tasks were replaced
  const auto second = tr.translate(swarm_of(all), {}, false);
  CHECK(second.config->tcp.routers.held(0) == first.config->tcp.routers.held(0));
  CHECK(second.config->tcp.services.held(0) != first.config->tcp.services.held(0));
  CHECK(second.config->tcp.services.front().servers.front().host == "10.0.1.40");
  CHECK(second.config->udp.services.held(0) == first.config->udp.services.held(0));
  CHECK(second.config->http.services.held(0) == first.config->http.services.held(0));
  all[2] = running("web", with(basic(), "traefik.weight", "5"), 1, 25);
  const auto third = tr.translate(swarm_of(all), {}, false);
  CHECK(third.config->tcp.services.held(0) == second.config->tcp.services.held(0));
  CHECK(third.config->udp.routers.held(0) == first.config->udp.routers.held(0));
}

TEST_CASE("with exact Traefik 1 behaviour waggle's own services are served, too", "[unit][discovery][layer4]") {
  auto opts = layer4_options();
  opts.compat_traefik1 = true;
  const sole s(tcp_labels(), opts);
  CHECK(s.routed());
  CHECK(s.tcp().servers.front().host == "10.0.1.5");
  CHECK(s.all.config->http == model::http_configuration{});
}
