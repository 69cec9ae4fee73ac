// Stack files as docker stack deploy reads them: several of them, their commands, what it refuses. Every expectation about Docker
// was tried with docker stack config 28.2.
#include <catch.hpp>

#include "check/docker_refusals.hpp"
#include "check/shell_words.hpp"

#include <waggle/discovery/check.hpp>

#include <algorithm>

using namespace waggle;
using namespace waggle::discovery;
using Catch::Matchers::Contains;
using words = std::vector<std::string>;

namespace {

options default_options() {
  options o;
  o.entry_points = {"http", "https"};
  o.clear_entry_points = {"https"};
  return o;
}

check_report checked(std::vector<stack_text> files, std::map<std::string, std::string> variables = {}) {
  check_input in;
  in.files = std::move(files);
  in.stack_name = "shop";
  in.variables = std::move(variables);
  auto report = run_check(in, default_options());
  if (!report) FAIL(report.error().reason);
  return *report;
}

const check_service& service_of(const check_report& r, const std::string& name) {
  const auto it = std::find_if(r.services.begin(), r.services.end(), [&](const check_service& s) { return s.verdict.service == name; });
  if (it == r.services.end()) FAIL("no service " << name);
  return *it;
}

const model::diagnostic* finding(const check_service& s, const std::string& code) {
  for (const auto& d : s.verdict.diagnostics)
    if (d.code == code) return &d;
  return nullptr;
}

}  // namespace

TEST_CASE("a command is split as Docker splits it", "[unit][discovery][check]") {
  struct row {
    const char* text;
    words expected;
    const char* refused;
  };
  const row rows[] = {
      {"a b\tc\nd", {"a", "b", "c", "d"}, ""},
      {"--docker \\ --docker.swarmmode", {"--docker", " --docker.swarmmode"}, ""},
      {"--docker \\\n --x", {"--docker", "\n", "--x"}, ""},
      {"--docker \\\n--x", {"--docker", "\n--x"}, ""},
      {"a \"b c\" 'd e'f g\"\"", {"a", "b c", "d ef", "g"}, ""},
      {"\"\" ''", {"", ""}, ""},
      {"'a\\b' \"c\\\"d\\e\"", {"a\\b", "c\"de"}, ""},
      {"a #b c\nd e#f", {"a", "d", "e#f"}, ""},
      {"a ; b | c & `d` >e", {"a", ";", "b", "|", "c", "&", "`d`", ">e"}, ""},
      {"a \"b", {"a"}, "EOF found when expecting closing quote"},
      {"a 'b", {"a"}, "EOF found when expecting closing quote"},
      {"a \\", {"a"}, "EOF found after escape character"},
      {"", {}, ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto made = check::split_shell(r.text);
    CHECK(made.words == r.expected);
    CHECK(made.refused == r.refused);
  }
}

TEST_CASE("what Docker refuses of a file, in its words", "[unit][discovery][check]") {
  const std::string service = "services:\n  w:\n    image: x\n    ";
  struct row {
    std::string yaml;
    const char* said;
  };
  const row rows[] = {
      {"version: '2.4'\nservices: {w: {image: x}}", "unsupported Compose file version: 2.4"},
      {"version: 3\nservices: {w: {image: x}}", "version must be a string"},
      {service + "mem_limit: 5m", "Configuration contains forbidden properties"},
      {service + "depends_on: {a: {condition: x}}", "services.w.depends_on must be a list"},
      {service + "deploy: {label: {a: x}}", "services.w.deploy Additional property label is not allowed"},
      {service + "deploy: {replicas: x}", "services.w.deploy.replicas must be a integer"},
      {service + "deploy: {replicas: \"2\"}", "services.w.deploy.replicas must be a integer"},
      {service + "platform: x", "services.w Additional property platform is not allowed"},
      {service + "image: y", "mapping key \"image\" already defined"},
      {service + "labels: {a: true}", "services.w.labels.a must be a string, number or null"},
      {service + "networks: [a, a]", "services.w.networks array items[0,1] must be unique"},
      {service + "networks: x", "services.w.networks must be a list"},
      {service + "command: [5]", "services.w.command.0 must be a string"},
      {service + "command: 'a \"b'", "error decoding 'Command': EOF found when expecting closing quote"},
      {service + "stop_grace_period: 5", "services.w.stop_grace_period must be a string"},
      {service + "environment: {A: '${B'}", "invalid interpolation format for services.w.environment.A: \"${B\""},
      {service + "environment: {A: '${B?say it}'}", "required variable B is missing a value: say it"},
      {"version: '3.3'\n" + service + "deploy: {update_config: {order: start-first}}",
       "services.w.deploy.update_config Additional property order is not allowed"},
      {"version: '3.3'\n" + service + "init: true", "services.w Additional property init is not allowed"},
      {"name: a\n" + service, "(root) Additional property name is not allowed"},
      {service + "\nnetworks: {a: {foo: y}}", "networks.a Additional property foo is not allowed"},
      {service + "\nnetworks: [a]", "networks must be a mapping"},
      {service + "environment:\n      # A: b", "services.w.environment must be a mapping"},
      {service + "command:", "services.w.command must be a string"},
      {service + "deploy: {labels: }", "services.w.deploy.labels must be a mapping"},
      {service + "\nnetworks: {a: {external: }}", "networks.a.external must be a boolean or mapping"},
      {service + "\nnetworks:\n", "networks must be a mapping"},
      {"services:\n  w:\n", "services.w must be a mapping"},
      {"version: '3.3'\n" + service + "\nnetworks: {a: {name: x}}", "networks.a Additional property name is not allowed"},
  };
  for (const row& r : rows) {
    CAPTURE(r.yaml);
    const auto report = checked({{r.yaml, ""}});
    REQUIRE_FALSE(report.general.empty());
    CHECK(report.general.front().code == "docker-refuses");
    CHECK_THAT(report.general.front().text, Contains(r.said));
    CHECK(report.problems() > 0);
  }
}

TEST_CASE("what Docker takes is not told", "[unit][discovery][check]") {
  const char* const fine = GENERATE(
      "services: {w: {image: x, labels: {a: 1.5, b: null, c: x}, deploy: {labels: [a=b], replicas: 2, update_config: {order: start-first}}}}",
      "version: '3'\nservices: {w: {image: x, networks: {default: {aliases: [x]}}, ports: [80, '80:80'], container_name: z, restart: always, links: "
      "[a]}}",
      "version: '3'\nservices: {w: {image: x, init: true, networks: [a], pid: , deploy: }}\nnetworks: {a: {name: x, external: true}}",
      "version: '3.8'\nx-a: 1\nservices: {w: {image: x, init: true, x-b: 2, healthcheck: {test: x}, deploy: {endpoint_mode: dnsrr}}}\nnetworks: {a: "
      "}\n",
      "version: \"3.7\"\nservices: {w: {image: $IMAGE, deploy: {replicas: $N}, command: '${A:-x} $$b', networks: [a]}}\nnetworks: {a: {external: "
      "{name: q}}}");
  CAPTURE(fine);
  CHECK(checked({{fine, ""}}).general.empty());
}

TEST_CASE("aliases of aliases end", "[unit][discovery][check]") {
  std::string yaml = "x0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "x" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 8; ++k) yaml += ", " + before;
    yaml += "]\n";
  }
  yaml += "services: {w: {image: x, environment: *a8}}\n";
  CHECK(checked({{yaml, ""}}).services.size() == 1);
}

TEST_CASE("several files are one stack", "[unit][discovery][check]") {
  const stack_text base{
      "version: \"3.7\"\nservices: {web: {image: nginx, networks: [edge], deploy: {replicas: 2, labels: {traefik.port: 80, a: b}}}}\n"
      "networks: {edge: {external: true}}\n",
      "base.yml"};
  const stack_text labels{
      "version: \"3.7\"\nservices:\n  web:\n    deploy:\n      labels: [\"traefik.port=eighty\", \"traefik.frontend.rule=Host:a.example\"]\n",
      "labels.yml"};
  const stack_text networks{"version: \"3.7\"\nnetworks: {edge: {name: real, external: true}}\n", "networks.yml"};
  auto web = service_of(checked({base, labels}), "shop_web");
  REQUIRE(finding(web, "bad-port") != nullptr);
  CHECK(web.lines.at("traefik.port") == check_place{5, "labels.yml"});
  CHECK(web.lines.at("a").file == "base.yml");
  web = service_of(checked({labels, base, networks}), "shop_web");
  CHECK(finding(web, "bad-port") == nullptr);
  CHECK(web.verdict.state == model::routing_state::routed);
  CHECK(web.verdict.network == "real");
}

TEST_CASE("the network default is there without being defined", "[unit][discovery][check]") {
  const auto r =
      checked({{"services:\n  alone: {networks: [default], deploy: {replicas: 2, labels: {traefik.port: 80, traefik.frontend.rule: 'Host:a'}}}\n"
                "  waggle: {image: waggle, networks: [default, edge]}\nnetworks: {edge: {external: true}}\n",
                ""}});
  CHECK(service_of(r, "shop_alone").verdict.network == "shop_default");
  CHECK(service_of(r, "shop_alone").verdict.diagnostics.empty());
  CHECK(finding(service_of(r, "shop_waggle"), "undefined-network") == nullptr);
}

TEST_CASE("variables in the names of labels", "[unit][discovery][check]") {
  const std::string head = "services: {w: {networks: [edge], deploy: {replicas: 2, labels: ", tail = "}}}\nnetworks: {edge: {external: true}}\n";
  const std::string rule = "traefik.frontend.rule=Host:a.example";
  const auto listed = checked({{head + "['traefik.${S}.port=80', 'traefik.${S}.frontend.rule=Host:a.example']" + tail, ""}}, {{"S", "api"}});
  CHECK(service_of(listed, "shop_w").verdict.state == model::routing_state::routed);
  const auto unset = checked({{head + "['traefik.port=80', '" + rule + "', 'traefik.${S}=80']" + tail, ""}});
  CHECK(finding(service_of(unset, "shop_w"), "variable-not-set") != nullptr);
  const auto mapped = checked({{head + "{traefik.port: 80, traefik.frontend.rule: 'Host:a', 'traefik.${S}.weight': 5}" + tail, ""}}, {{"S", "api"}});
  const auto* found = finding(service_of(mapped, "shop_w"), "variable-in-key");
  REQUIRE(found != nullptr);
  CHECK_THAT(found->fix, Contains("element of a list"));
}

TEST_CASE("only the network that requests take is one to attach waggle to", "[unit][discovery][check]") {
  const std::string labels = "deploy: {replicas: 2, labels: {traefik.port: 80, traefik.frontend.rule: 'Host:a', traefik.docker.network: edge}}";
  const auto r = checked({{"services: {w: {networks: [edge, db], " + labels + "}}\nnetworks: {edge: {external: true}, db: {}}\n", ""}});
  CHECK(service_of(r, "shop_w").verdict.diagnostics.empty());
}

TEST_CASE("what to write instead is printed where it is certain", "[unit][discovery][check]") {
  const auto r = checked(
      {{"services:\n  web: {networks: [front], deploy: {replicas: 2, labels: {traefik.port: 80, traefik.frontend.rule: 'Host:https://a.example',"
        " traefik.docker.network: front}}}\n  other: {image: x}\n"
        "  waggle: {image: waggle, networks: [front]}\nnetworks: {front: {}}\n",
        ""}});
  const std::string fixes = check_fixes(r);
  CHECK_THAT(fixes, Contains("  shop_web\n"));
  CHECK_THAT(fixes, Contains("    traefik.docker.network=shop_front   (now front)\n"));
  CHECK_THAT(fixes, Contains("    traefik.frontend.rule=Host:a.example   (now Host:https://a.example)\n"));
  CHECK(service_of(r, "shop_web").verdict.state == model::routing_state::not_routed);  // as documented: never by accident
  CHECK_THAT(check_json(r), Contains("\"instead\":\"shop_front\""));
  CHECK_THAT(check_fixes(checked({{"services: {w: {image: x}}", ""}})), Contains("No label whose right value is certain"));
}

TEST_CASE("entry points that labels name", "[unit][discovery][check]") {
  check_input in;
  in.files = {
      {"services: {w: {deploy: {labels: {traefik.frontend.entryPoints: 'http, https', traefik.api.frontend.redirect.entryPoint: tls}}}}", ""}};
  CHECK(entry_points_named(in) == words{"http", "https", "tls"});
}

TEST_CASE("a service that only fills a store is not waggle", "[unit][discovery][check]") {
  check_input in;
  in.files = {
      {"services:\n  init: {image: 'traefik:1.7', command: [storeconfig, --consul]}\n  proxy: {image: 'traefik:1.7', command: '--docker "
       "--docker.swarmmode'}\n",
       ""}};
  const auto own = own_command_of(in);
  REQUIRE(own.has_value());
  CHECK(own->flags == words{"--docker", "--docker.swarmmode"});
}

TEST_CASE("a stack's name that nobody gave is read off the labels that name its networks", "[unit][discovery][check]") {
  const auto report_of = [](const std::string& services, const std::string& networks, const std::string& name = {}) {
    check_input in;
    in.files = {{"services: {" + services + "}\nnetworks: {" + networks + "}\n", ""}};
    in.stack_name = name;
    auto report = run_check(in, default_options());
    if (!report) FAIL(report.error().reason);
    return *report;
  };
  const auto web = [](const std::string& service, const std::string& label, const std::string& networks) {
    return service + ": {image: x, networks: [" + networks + "], deploy: {labels: [traefik.port=80, \"traefik.frontend.rule=Host:" + service +
           ".example\", traefik.docker.network=" + label + "]}}";
  };
  const auto plain = report_of(web("a", "shop_net", "net, app_net"), "net: {}, app_net: {}");
  CHECK(plain.stack_name == "shop");
  CHECK(finding(service_of(plain, "shop_a"), "unknown-network") == nullptr);
  CHECK(std::any_of(plain.general.begin(), plain.general.end(), [](const auto& d) { return d.code == "stack-name-assumed" && d.value == "shop"; }));
  CHECK(report_of(web("a", "shop_app_net", "net, app_net"), "net: {}, app_net: {}").stack_name == "shop");  // the longer one is meant
  CHECK(report_of(web("a", "shop_default", "default"), "").stack_name == "shop");
  // Not if a name is given, the labels do not agree, or the network's name is not made of the stack's.
  CHECK(report_of(web("a", "shop_net", "net"), "net: {}", "other").stack_name == "other");
  CHECK(report_of(web("a", "shop_net", "net") + ", " + web("b", "toys_net", "net"), "net: {}").stack_name == "stack");
  CHECK(report_of(web("a", "shop_net", "net"), "net: {external: true}").stack_name == "stack");
  CHECK(report_of(web("a", "shop_net", "net"), "net: {name: other}").stack_name == "stack");
  CHECK(report_of(web("a", "net", "net"), "net: {}").stack_name == "stack");
}
