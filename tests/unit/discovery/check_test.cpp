#include <catch.hpp>

#include "check/dollars.hpp"
#include "check/interpolate.hpp"
#include "check/stack_read.hpp"

#include <waggle/discovery/check.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

using namespace waggle;
using namespace waggle::discovery;

namespace {

using codes = std::set<std::string>;

options default_options() {
  options o;
  o.entry_points = {"http"};
  return o;
}

check_input stack_input(const std::string& yaml) {
  check_input in;
  in.files = {{yaml, ""}};
  in.stack_name = "shop";
  in.variables = {{"DOMAIN", "example.com"}, {"EMPTY", ""}};
  return in;
}

check_report checked(const std::string& yaml, const options& o = default_options()) {
  auto report = run_check(stack_input(yaml), o);
  if (!report) FAIL(report.error().reason);
  return *report;
}

const check_service& service_of(const check_report& r, const std::string& name) {
  const auto it = std::find_if(r.services.begin(), r.services.end(), [&](const check_service& s) { return s.verdict.service == name; });
  if (it == r.services.end()) FAIL("no service " << name);
  return *it;
}

codes codes_of(const check_service& s) {
  codes out;
  for (const auto& d : s.verdict.diagnostics) out.insert(d.code);
  return out;
}

// A stack whose service "web" has these labels under deploy, on an external network that waggle shares.
std::string with_labels(const std::string& labels) {
  return "services:\n"
         "  waggle: {image: waggle, command: [--docker.swarmmode], networks: [edge], deploy: {mode: global}}\n"
         "  web:\n"
         "    networks: [edge]\n"
         "    deploy:\n"
         "      replicas: 2\n"
         "      labels:\n" +
         labels + "networks: {edge: {external: true}}\n";
}

const std::string good =
    "        traefik.port: \"80\"\n"
    "        traefik.frontend.rule: Host:a.example\n";

}  // namespace

TEST_CASE("a label in a stack file and what check calls it", "[unit][discovery][check]") {
  struct row {
    const char* name;
    std::string labels;
    codes expected;
  };
  const row rows[] = {
      {"right", good, {}},
      {"list form", "        - traefik.port=80\n        - traefik.frontend.rule=Host:a.example\n", {}},
      {"no port", "        traefik.frontend.rule: Host:a.example\n", {"no-port"}},
      {"bad port", "        traefik.port: web\n        traefik.frontend.rule: Host:a.example\n", {"bad-port"}},
      {"back-ticks", "        traefik.port: 80\n        traefik.frontend.rule: Host(`a.example`)\n", {"traefik2-rule"}},
      {"no back-ticks", "        traefik.port: 80\n        traefik.frontend.rule: Host(a.example)\n", {"traefik2-rule"}},
      {"unknown matcher", "        traefik.port: 80\n        traefik.frontend.rule: Hosts:a.example\n", {"bad-rule"}},
      {"labels of Traefik 2 only",
       "        traefik.http.routers.web.rule: Host(`a.example`)\n",
       {"traefik2-labels-only", "traefik2-label", "no-port", "no-rule"}},
      {"labels of both", good + "        traefik.http.routers.web.rule: Host(`a.example`)\n", {"traefik2-label"}},
      {"https to the tasks", good + "        traefik.protocol: https\n", {"protocol-not-served"}},
      {"misspelt", good + "        traefik.frontend.prioritty: 5\n", {"unknown-label"}},
      {"unquoted", good + "        traefik.enable: true\n", {"label-not-text"}},
      {"quoted", good + "        traefik.enable: \"true\"\n", {}},
      {"a map in a list", "        - traefik.port=80\n        - traefik.frontend.rule=Host:a.example\n        - traefik.weight: 5\n", {"label-form"}},
      {"hash with single $", good + "        traefik.frontend.auth.basic.users: ann:$apr1$abc$def\n", {"dollar-not-doubled"}},
      {"bcrypt with single $", good + "        traefik.frontend.auth.basic.users: ann:$2y$10$abc\n", {"dollar-not-doubled"}},
      {"hash with $$", good + "        traefik.frontend.auth.basic.users: ann:$$2y$$10$$abc\n", {}},
      {"a hash that takes days",
       good + "        traefik.frontend.auth.basic.users: ann:$$2b$$31$$/KckdCbheHCR0FQmkyCAce51lSDgNkHh4L5cV3oQ2IKz5GuZ5gVeS\n",
       {"costly-hash"}},
      {"hash without a head", good + "        traefik.frontend.auth.basic.users: ann:abc\n", {"unusable-hash"}},
      {"replacement with $1",
       good + "        traefik.frontend.redirect.regex: ^http://(.*)\n"
              "        traefik.frontend.redirect.replacement: https://$1\n",
       {"dollar-not-doubled"}},
      {"replacement with $$1",
       good + "        traefik.frontend.redirect.regex: ^http://(.*)\n"
              "        traefik.frontend.redirect.replacement: https://$$1\n",
       {}},
      {"replacement with ${1}",
       good + "        traefik.frontend.redirect.regex: ^http://(.*)\n"
              "        traefik.frontend.redirect.replacement: https://${1}\n",
       {"dollar-not-doubled"}},
      {"variable", "        traefik.port: 80\n        traefik.frontend.rule: Host:a.${DOMAIN}\n", {}},
      {"variable that is not set", "        traefik.port: 80\n        traefik.frontend.rule: Host:a.${NOWHERE}\n", {"variable-not-set"}},
      {"network without the stack's name", good + "        traefik.docker.network: edg\n", {"unknown-network"}},
      {"undefined entry point", good + "        traefik.frontend.entryPoints: https\n", {"unknown-entry-point"}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name);
    CHECK(codes_of(service_of(checked(with_labels(r.labels)), "shop_web")) == r.expected);
  }
}

TEST_CASE("what is around the labels in a stack file", "[unit][discovery][check]") {
  const std::string routed = "deploy: {replicas: 2, labels: {traefik.port: 80, traefik.frontend.rule: \"Host:a.example\"}}";
  struct row {
    const char* name;
    std::string yaml, service;
    codes expected;
  };
  const row rows[] = {
      {"labels under the container", "services: {web: {labels: {traefik.port: 80}}}", "shop_web", {"labels-on-container"}},
      {"some under the container",
       "services: {web: {labels: {traefik.weight: 2}, networks: [edge], " + routed + "}}\nnetworks: {edge: {external: true}}",
       "shop_web",
       {"labels-on-container"}},
      {"the stack's own network", "services: {web: {" + routed + "}}", "shop_web", {"network-not-external"}},
      {"a network that is nowhere", "services: {web: {networks: [nowhere], " + routed + "}}", "shop_web", {"undefined-network", "no-network"}},
      {"a bridge", "services: {web: {networks: [b], " + routed + "}}\nnetworks: {b: {driver: bridge}}", "shop_web", {"network-driver", "no-network"}},
      {"nothing shared with waggle",
       "services: {waggle: {image: \"r/waggle:1\", networks: [a]}, web: {networks: [b], " + routed +
           "}}\nnetworks: {a: {external: true}, b: {external: true}}",
       "shop_web",
       {"no-shared-network"}},
      {"one replica, stop-first",
       "services: {web: {networks: [edge], deploy: {labels: {traefik.port: 80, traefik.frontend.rule: \"Host:a.example\"}}}}\n"
       "networks: {edge: {external: true}}",
       "shop_web",
       {"single-replica-stop-first"}},
      {"no replica",
       "services: {web: {networks: [edge], deploy: {replicas: 0, labels: {traefik.port: 80, "
       "traefik.frontend.rule: \"Host:a.example\"}}}}\nnetworks: {edge: {external: true}}",
       "shop_web",
       {"no-running-task"}},
      {"ports through the mesh", "services: {edge: {image: \"traefik:1.7\", ports: [\"80:80\"]}}", "shop_edge", {"mesh-ports"}},
      {"ports of the host", "services: {edge: {image: \"traefik:1.7\", ports: [{target: 80, published: 80, mode: host}]}}", "shop_edge", {}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name);
    CHECK(codes_of(service_of(checked(r.yaml), r.service)) == r.expected);
  }
}

TEST_CASE("a report names rule, backend, port, network and cookie", "[unit][discovery][check]") {
  const auto r = checked(with_labels(good + "        traefik.backend.loadbalancer.stickiness: \"true\"\n"));
  CHECK(r.problems() == 0);
  CHECK(r.own_service == "shop_waggle");
  const auto& web = service_of(r, "shop_web");
  REQUIRE(web.frontends.size() == 1);
  const auto& f = web.frontends.front();
  CHECK(f.rule == "Host:a.example");
  CHECK(f.backend == "backend-shop-web");
  CHECK(f.port == 80);
  CHECK(f.entry_points == std::vector<std::string>{"http"});
  CHECK(f.cookie.size() == 6);
  CHECK(web.verdict.network == "edge");
  CHECK(web.lines.at("traefik.port") == check_place{8, ""});
  CHECK(check_text(r).find("sticky by cookie " + f.cookie) != std::string::npos);
  CHECK(check_json(r).find("\"stickyCookie\":\"" + f.cookie + "\"") != std::string::npos);
}

TEST_CASE("a report's cookie is called as the proxy calls it", "[unit][discovery][check]") {
  const auto r = checked(with_labels(good + "        traefik.backend.loadbalancer.stickiness: \"true\"\n"
                                            "        traefik.backend.loadbalancer.stickiness.cookieName: \"my shop\"\n"));
  const auto& web = service_of(r, "shop_web");
  REQUIRE(web.frontends.size() == 1);
  CHECK(web.frontends.front().cookie == "my_shop");
}

TEST_CASE("merge keys, hidden control characters, and files that are none", "[unit][discovery][check]") {
  const auto r = checked(
      "x-all: &all {networks: [edge], deploy: {replicas: 2, labels: {traefik.port: 80, "
      "traefik.frontend.rule: \"Host:a.example\"}}}\nservices: {web: {<<: *all, image: x}}\n"
      "networks: {edge: {external: {name: real}}}\n");
  CHECK(service_of(r, "shop_web").verdict.network == "real");
  const auto hostile = checked(with_labels("        traefik.port: \"8\\e[2J\"\n"));
  CHECK(check_text(hostile).find('\033') == std::string::npos);
  for (const char* text : {"", "[]", "services: 5", "a: [", "services: {web: &a {<<: *a}}"}) {
    CAPTURE(text);
    const auto made = run_check(stack_input(text), default_options());
    CHECK((made.has_error() || made->services.size() == 1));
  }
}

TEST_CASE("flags of waggle's own service", "[unit][discovery][check]") {
  const auto own = own_command_of(stack_input("services: {e: {image: x, command: \"--docker.swarmMode --entryPoints='Name:http Address::80'\"}}"));
  REQUIRE(own.has_value());
  CHECK(own->there);
  CHECK(own->flags == std::vector<std::string>{"--docker.swarmMode", "--entryPoints=Name:http Address::80"});
}

TEST_CASE("variables as docker stack deploy puts them in", "[unit][discovery][check]") {
  const check::variables known{{"A", "x"}, {"E", ""}};
  struct row {
    const char *text, *made;
    std::size_t unset;
    bool refused;
  };
  const row rows[] = {
      {"$A-${A}", "x-x", 0, false},
      {"$$A", "$A", 0, false},
      {"${B:-d}${B-d}", "dd", 0, false},
      {"${E:-d}|${E-d}", "d|", 0, false},
      {"$B", "", 1, false},
      {"${B:?no}", "", 1, false},
      {"$1", "$1", 0, true},
      {"a$", "a$", 0, true},
      {"${", "${", 0, true},
      {"${A", "${A", 0, true},
      {"$2y$10$abc", "2y10", 1, false},
      {"$A$1", "$A$1", 0, true},
  };
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto made = check::interpolate(r.text, known);
    CHECK(made.text == r.made);
    CHECK(made.unset.size() == r.unset);
    CHECK(made.refused.empty() != r.refused);
  }
}

TEST_CASE("a captured state", "[unit][discovery][check]") {
  check_input in;
  in.what = check_input::kind::state;
  in.text = R"({"services":[{"ID":"s","Spec":{"Name":"web","Labels":{"traefik.port":"80","traefik.frontend.rule":"Host:a",
    "traefik.frontend.auth.basic.users":"ann:$$apr1$$a$$b"}}}],
    "tasks":[{"ID":"t","ServiceID":"s","Slot":1,"DesiredState":"running","Status":{"State":"running"},
      "NetworksAttachments":[{"Network":{"ID":"n"},"Addresses":["10.0.0.5/24"]}]}],
    "networks":[{"Id":"n","Name":"edge","Scope":"swarm","Driver":"overlay"},{"Id":"b","Name":"bridge","Scope":"local","Driver":"bridge"}]})";
  const auto r = run_check(in, default_options());
  REQUIRE(r.has_value());
  CHECK(codes_of(service_of(*r, "web")) == codes{"dollar-doubled"});
  CHECK(service_of(*r, "web").verdict.network == "edge");
  // With waggle among the services, on another network.
  const auto at = in.text.find(R"("services":[)") + 12;
  in.text.insert(at, R"({"ID":"w","Spec":{"Name":"edge_waggle"}},)");
  in.text.insert(in.text.find(R"("tasks":[)") + 9, R"({"ID":"u","ServiceID":"w","Slot":1,"DesiredState":"running",
    "Status":{"State":"running"},"NetworksAttachments":[{"Network":{"ID":"m"},"Addresses":["10.0.1.5/24"]}]},)");
  in.text.insert(in.text.find(R"("networks":[)") + 12, R"({"Id":"m","Name":"other","Scope":"swarm","Driver":"overlay"},)");
  const auto apart = run_check(in, default_options());
  REQUIRE(apart.has_value());
  CHECK(apart->own_service == "edge_waggle");
  CHECK(codes_of(service_of(*apart, "web")).contains("no-shared-network"));
  for (const char* text : {"", "[]", "{}", R"({"services":5})", R"({"services":[{}]})"}) {
    CAPTURE(text);
    in.text = text;
    CHECK(run_check(in, default_options()).has_error());
  }
}

TEST_CASE("captured containers, whatever the flags say of a swarm", "[unit][discovery][check][containers]") {
  check_input in;
  in.what = check_input::kind::state;
  const std::string file = GENERATE("containers.json", "inspected.json");
  CAPTURE(file);
  std::ifstream recorded(WAGGLE_GOLDEN_ENGINE "/" + file);
  in.text.assign(std::istreambuf_iterator<char>(recorded), {});
  if (file == "containers.json") in.text = "{\"containers\":" + in.text + "}";
  const auto r = run_check(in, default_options());
  REQUIRE(r.has_value());
  CHECK(service_of(*r, "web2").verdict.container);
  REQUIRE(service_of(*r, "web2").frontends.size() == 1);
  CHECK(service_of(*r, "web2").frontends[0].port == 7000);
  CHECK(codes_of(service_of(*r, "web2")) == codes{"lowest-port", "several-networks"});
  CHECK(codes_of(service_of(*r, "side")) == codes{"no-rule"});
  CHECK(check_text(*r).find("container web1                ") != std::string::npos);
  CHECK(check_text(*r).find(" containers, ") != std::string::npos);
}

TEST_CASE("a stack file with services below HTTP", "[unit][discovery][check][layer4]") {
  auto opts = default_options();
  opts.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}};
  const std::string tcp = "        waggle.tcp.port: 5432\n";
  const auto report = checked(with_labels(tcp), opts);
  const auto& web = service_of(report, "shop_web");
  CHECK(web.frontends.empty());
  REQUIRE(web.streams.size() == 1);
  CHECK(web.streams[0] == check_stream{"tcp", "shop_web", "HostSNI(`*`)", "shop_web", "wlc", {"pg"}, 5432});
  CHECK(check_text(report).find("tcp HostSNI(`*`)\n    on pg -> shop_web, wlc, port 5432, network edge") != std::string::npos);
  CHECK(check_json(report).find(R"("streams":[{"protocol":"tcp","name":"shop_web")") != std::string::npos);
  CHECK(report.problems() == 0);
  const auto missing = checked(with_labels(tcp));
  CHECK(codes_of(service_of(missing, "shop_web")).contains("no-entry-point"));
  CHECK(check_text(missing).find("--entryPoints='Name:shop_web Address::5432/tcp'") != std::string::npos);
  // Where nobody says which there are, those that labels name are taken to be there; else one.
  CHECK(layer4_entry_points_named(stack_input(with_labels(tcp))) == std::vector<entry_point_facts>{{"tcp", model::protocol::tcp, 0, false}});
  CHECK(layer4_entry_points_named(stack_input(with_labels(tcp + "        waggle.tcp.entryPoint: a, b\n        waggle.x.udp.port: 53\n"))) ==
        std::vector<entry_point_facts>{
            {"a", model::protocol::tcp, 0, false}, {"b", model::protocol::tcp, 0, false}, {"udp", model::protocol::udp, 0, false}});
  CHECK(layer4_entry_points_named(stack_input(with_labels("        traefik.tcp.routers.r.entrypoints: db\n"))) ==
        std::vector<entry_point_facts>{{"db", model::protocol::tcp, 0, false}});
}

TEST_CASE("an update of a single replica below HTTP lets clients wait by a label of its own", "[unit][discovery][check][layer4]") {
  auto opts = default_options();
  opts.layer4_entry_points = {{"pg", model::protocol::tcp, 5432, false}};
  const auto single = [&](const std::string& labels) {
    std::string text = with_labels("        waggle.tcp.port: 5432\n" + labels);
    text.replace(text.find("replicas: 2"), 11, "replicas: 1");
    return checked(text, opts);
  };
  const auto told = single("");
  const auto& found = service_of(told, "shop_web").verdict.diagnostics;
  const auto at = std::find_if(found.begin(), found.end(), [](const auto& d) { return d.code == "single-replica-stop-first"; });
  REQUIRE(at != found.end());
  CHECK(at->fix.find("waggle.tcp.hold=10s") != std::string::npos);
  CHECK_FALSE(codes_of(service_of(single("        waggle.tcp.hold: 10s\n"), "shop_web")).contains("single-replica-stop-first"));
}
