// What Traefik 1 takes although it is written wrongly, and what is told of command lines and files that hold several mistakes.
#include "options/complaints.hpp"
#include "options/parse.hpp"

#include "parsed_args.hpp"
#include "temporary_dir.hpp"

#include <catch.hpp>

#include <map>
#include <string>
#include <vector>

using namespace waggle::app;
using Catch::Matchers::Contains;

TEST_CASE("everything that is refused is told at once", "[unit][app][options]") {
  const std::string said =
      refused({"--acme", "--acme.email=a@b", "--entryPoints=Name:https Address::443 TLS CA:x Nonsense", "--dokcer", "--workers=x"});
  for (const char* part : {"5 things are wrong:", "\n  flag --acme: ", "\n  flag --acme.email: ", "the word \"TLS\" is not served yet",
                           "the word \"CA\"", "unknown word \"Nonsense\"", "\n  unknown flag: --dokcer", "\n  invalid value \"x\" for --workers"})
    CHECK_THAT(said, Contains(part));
  CHECK(apart(said).size() == 5);
  CHECK(apart("one reason") == args{"one reason"});
}

TEST_CASE("arguments of a command line that was broken with backslashes", "[unit][app][options]") {
  const auto out = parse_options(
      {.args = {"--docker", " --docker.swarmmode", "\n--docker.watch=false", " --docker.network", "edge", "\\", "-", "", "\t-l", "INFO", "x --web "},
       .environment = {},
       .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  CHECK(out->values.docker.swarm_mode);
  CHECK_FALSE(out->values.docker.watch);
  CHECK(out->values.docker.network == "edge");
  CHECK(out->values.web.enabled);
  CHECK(out->values.log.level == waggle::base::log_level::info);
  CHECK(out->warnings.size() == 4);  // "\", "-", "" and what stands before --web
}

TEST_CASE("what Traefik takes although it is a mistake", "[unit][app][options]") {
  const auto [a, said] = GENERATE(table<args, std::string>({
      {{"-c", "--docker=true", "--docker.swarmmode"}, "-c takes the next argument, --docker=true, for the name of a file"},
      {{"--logLevel=\"DEBUG\""}, "The quotes around the value of --logLevel"},
      {{"--entryPoints='Name:http Address::80'"}, "The quotes around the value of --entryPoints"},
      {{"--consul", "--consul.endpoint=kv:8500"}, "--consul, --consul.endpoint are not needed and ignored: waggle needs no store"},
      {{"--etcd.endpoint", "kv:2379"}, "--etcd.endpoint is not needed and ignored"},
      {{"--cluster.node=a"}, "waggle needs no store"},
      {{"--zookeeper", "--boltdb"}, "waggle needs no store"},
      {{"--api.statistics"}, "--api.statistics is ignored: "},
      {{"--insecureSkipVerify=true"}, "is ignored: waggle speaks plain http to tasks"},
      {{"--tracing.jaeger.samplingServerURL=http://x"}, "is ignored: waggle sends no traces"},
      {{"--metrics.statsd.address=x:1"}, "is ignored: waggle has figures for Prometheus only"},
      {{"--rest"}, "--rest is ignored: waggle's API is read-only"},
  }));
  CAPTURE(a);
  const auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  REQUIRE(out->warnings.size() == 1);
  CHECK_THAT(out->warnings.front(), Contains(said));
}

TEST_CASE("a variable that nobody has set leaves network and domain as they are by default", "[unit][app][options]") {
  const settings s = parsed({"--docker.network=", "--docker.domain="});
  CHECK(s.docker.network.empty());
  CHECK(s.docker.domain.empty());
}

TEST_CASE("every scheme of an endpoint but unix is TCP", "[unit][app][options]") {
  CHECK(parsed({"--docker.endpoint=http://dockersocket:2375"}).docker.endpoint == "tcp://dockersocket:2375");
  CHECK(parsed({"--docker.endpoint=tcp://dockersocket:2375/"}).docker.endpoint == "tcp://dockersocket:2375");
  CHECK(parsed({"--docker.endpoint=https://engine:2376"}).docker.endpoint == "https://engine:2376");
}

TEST_CASE("what a TOML file says that nobody knows is ignored with a warning", "[unit][app][options]") {
  const auto [text, said] = GENERATE(table<const char*, const char*>({
      {"[docker]\nnetwrok = \"n\"\n", "unknown option: docker.netwrok in "},
      {"[docker]\nnetwrok = \"n\"\n", "did you mean --docker.network?"},
      {"nonsense = 1\n", "unknown option: nonsense in "},
      {"[web]\nwatch = true\n", "unknown option: web.watch in "},
      {"[entryPoints.http]\naddress = \":80\"\n[entryPoints.http.http2]\nmax = 3\n", "unknown option: entryPoints.http.http2.max in "},
      {"[consul]\nendpoint = \"x\"\n", "waggle needs no store"},
  }));
  CAPTURE(text);
  temporary_dir dir;
  const std::string file = dir.write("x.toml", text);
  const auto out = parse_options({.args = {"-c", file}, .environment = {}, .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  REQUIRE(out->warnings.size() == 1);
  CHECK_THAT(out->warnings.front(), Contains(said));
}

TEST_CASE("the configuration file of a container that does not run yet", "[unit][app][options]") {
  temporary_dir dir;
  dir.write("traefik.toml", "[docker]\ndomain = \"file.example\"\n");
  const auto asked = [&](std::map<std::string, std::string> mounts, args a = {}) {
    option_sources from;
    from.args = std::move(a);
    from.container = container_files{std::move(mounts), dir.path()};
    auto out = parse_options(from);
    INFO((out ? std::string{} : out.error().reason));
    REQUIRE(out.has_value());
    return *out;
  };
  CHECK(asked({{"/etc/traefik/traefik.toml", "./traefik.toml"}}).values.docker.domain == "file.example");
  CHECK(asked({{"/etc/traefik", "."}}).values.docker.domain == "file.example");
  CHECK(asked({{"/conf.toml", "traefik.toml"}}, {"--configFile=/conf.toml"}).values.docker.domain == "file.example");
  CHECK(asked({{"/etc/traefik", ""}}).toml_unread == "/etc/traefik/traefik.toml");
  CHECK(asked({}, {"-c", "/conf.toml"}).toml_unread == "/conf.toml");
  CHECK(asked({{"/data", "."}}).toml_unread.empty());
  // Flags that are checked on another machine than the one that they are for.
  option_sources away;
  away.args = {"--docker", "--configFile=/no/such/file.toml"};
  CHECK_FALSE(parse_options(away).has_value());
  away.elsewhere = true;
  const auto out = parse_options(away);
  REQUIRE(out.has_value());
  CHECK(out->toml_unread == "/no/such/file.toml");
  CHECK(out->toml_file.empty());
}

TEST_CASE("what is empty is as if it were not said", "[unit][app][options]") {
  const temporary_dir dir;
  const std::string file = dir.write("traefik.toml", R"(
logLevel = ""
defaultEntryPoints = []
[traefikLog]
filePath = ""
format = ""
[accessLog]
filePath = ""
[accessLog.filters]
statusCodes = []
[entryPoints.http]
address = ":81"
whitelistSourceRange = []
  [entryPoints.http.redirect]
  entryPoint = "other"
  regex = ""
  replacement = ""
  [entryPoints.http.forwardedHeaders]
  trustedIPs = []
  [entryPoints.http.auth.basic]
  users = []
  usersFile = "/run/secrets/users"
[entryPoints.other]
address = ":82"
[docker]
swarmMode = true
endpoint = ""
domain = ""
constraints = []
  [docker.tls]
  ca = ""
[metrics.prometheus]
buckets = []
)");
  const auto out =
      parse_options({.args = {"--configFile=" + file, "--accessLog.filePath=", "--traefikLog.filePath=", "--docker.tls.cert=", "--logLevel="},
                     .environment = {},
                     .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  CHECK(out->warnings.empty());
  const settings& s = out->values;
  CHECK_FALSE(s.log.level.has_value());
  CHECK(s.log.file.empty());
  CHECK(s.access.enabled);
  CHECK(s.access.file.empty());
  CHECK(s.docker.endpoint == "unix:///var/run/docker.sock");
  REQUIRE(s.entry_points.size() == 2);
  const auto& http = s.entry_points[s.entry_points[0].name == "http" ? 0 : 1];
  CHECK_FALSE(http.white_list.has_value());
  CHECK(http.redirect == waggle::model::redirect{"other", "", "", false});
  REQUIRE(http.auth.has_value());
  CHECK(http.auth->basic->users_file == "/run/secrets/users");
  CHECK(s.metrics.prometheus);
}

TEST_CASE("a lock without users lets nobody start", "[unit][app][options]") {
  const temporary_dir dir;
  for (const char* text : {"[entryPoints.http]\naddress = ':80'\n[entryPoints.http.auth.basic]\nusers = []\n",
                           "[entryPoints.http]\naddress = ':80'\n[entryPoints.http.whiteList]\nsourceRange = []\n"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_options({.args = {"--configFile=" + dir.write("t.toml", text)}, .environment = {}, .search_dirs = {}}).has_value());
  }
}
