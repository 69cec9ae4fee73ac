// The grammar of the command line and who wins: flags, environment, file.
#include "options/complaints.hpp"
#include "options/parse.hpp"
#include "options/table.hpp"
#include "options/values.hpp"

#include "parsed_args.hpp"
#include "temporary_dir.hpp"

#include "catch.hpp"

#include <set>

using namespace waggle::app;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;

TEST_CASE("the flags of the sticky tutorial", "[unit][app][options]") {
  const settings s = parsed({"--docker", "--docker.swarmmode", "--docker.watch", "--web", "--loglevel=DEBUG"});
  CHECK(s.docker.enabled);
  CHECK(s.docker.swarm_mode);
  CHECK(s.docker.watch);
  CHECK(s.web.enabled);
  CHECK(s.log.level == waggle::base::log_level::debug);
}

TEST_CASE("each way to write a flag", "[unit][app][options]") {
  const auto [a, network] = GENERATE(table<args, std::string>({
      {{"--docker.network=net"}, "net"},
      {{"--docker.network", "net"}, "net"},
      {{"--DOCKER.Network=Net"}, "Net"},
      {{"--docker.network=a=b"}, "a=b"},
      {{"--docker.network", "-x"}, "-x"},
      {{"--docker.network=a", "--docker.network=b"}, "b"},
      {{"traefik", "--docker.network=net"}, "net"},
      {{"run", "--docker.network=net"}, "net"},
      {{"waggle", "run", "--docker.network=net"}, "net"},
  }));
  CAPTURE(a);
  const settings s = parsed(a);
  CHECK(s.docker.network == network);
  CHECK(s.docker.enabled);  // naming a member creates the section
}

TEST_CASE("switches take a value only behind =", "[unit][app][options]") {
  CHECK(parsed({"--docker.watch=false"}).docker.watch == false);
  CHECK(parsed({"--docker=false", "--docker.swarmmode"}).docker.enabled == false);
  CHECK(parsed({"-d"}).log.debug);
  CHECK_FALSE(parsed({"-d=false"}).log.debug);
  CHECK(refused({"--docker.watch", "false"}) == "unexpected argument: false; write --docker.watch=false");
}

TEST_CASE("short flags", "[unit][app][options]") {
  using waggle::base::log_level;
  for (const args& a : {args{"-l", "INFO"}, args{"-l=info"}, args{"-linfo"}}) CHECK(parsed(a).log.level == log_level::info);
  CHECK_THAT(refused({"-x"}), Contains("unknown flag: -x"));
  CHECK(refused({"-docker"}) == "unknown flag: -docker; did you mean --docker?");
  CHECK(refused({"-l"}) == "flag -l needs a value: -l=…");
}

TEST_CASE("what every option sets", "[unit][app][options]") {
  const settings s = parsed({"--docker.endpoint=tcp://1.2.3.4:2375",
                             "--docker.domain=example.com",
                             "--docker.exposedbydefault=false",
                             "--docker.pollinterval=250ms",
                             "--docker.swarmmoderefreshseconds=5",
                             "--docker.constraints=tag==a,tag!=b",
                             "--docker.constraints=tag==c",
                             "--constraints=tag==d",
                             "--docker.usebindportip",
                             "--docker.tls.ca=/ca",
                             "--docker.tls.cert=/cert",
                             "--docker.tls.key=/key",
                             "--docker.tls.insecureskipverify",
                             "--web.address=:9090",
                             "--api.entrypoint=admin",
                             "--api.dashboard=false",
                             "--ping.entrypoint=admin",
                             "--traefiklog.filepath=/log",
                             "--traefiklog.format=json",
                             "--entryPoints=Name:http Address::81",
                             "--entryPoints",
                             "Name:admin Address::82",
                             "--defaultEntryPoints=http,https",
                             "--workers=3",
                             "--compat=traefik1",
                             "--keeptrailingslash",
                             "--respondingTimeouts.readTimeout=1s",
                             "--respondingTimeouts.writeTimeout=2s",
                             "--respondingTimeouts.idleTimeout=3",
                             "--forwardingTimeouts.dialTimeout=4s",
                             "--forwardingTimeouts.responseHeaderTimeout=5s",
                             "--lifeCycle.graceTimeOut=6s",
                             "--lifeCycle.requestAcceptGraceTimeout=7s",
                             "--providersThrottleDuration=2s",
                             "--checknewversion=false",
                             "--sendanonymoususage",
                             "--maxidleconnsperhost=9",
                             "--file.filename=/rules.toml",
                             "--file.watch=false"});
  CHECK(s.docker.endpoint == "tcp://1.2.3.4:2375");
  CHECK(s.docker.domain == "example.com");
  CHECK_FALSE(s.docker.exposed_by_default);
  CHECK(s.docker.poll_interval == milliseconds{250});
  CHECK(s.docker.refresh_seconds == 5);
  CHECK(s.docker.constraints == args{"tag==a", "tag!=b", "tag==c"});
  CHECK(s.constraints == args{"tag==d"});
  CHECK(s.docker.use_bind_port_ip);
  CHECK(s.docker.tls_ca == "/ca");
  CHECK(s.docker.tls_cert == "/cert");
  CHECK(s.docker.tls_key == "/key");
  CHECK(s.docker.tls_insecure_skip_verify);
  CHECK(s.web.enabled);
  CHECK(s.web.address == ":9090");
  CHECK(s.api.enabled);
  CHECK(s.api.entry_point == "admin");
  CHECK_FALSE(s.api.dashboard);
  CHECK(s.ping.entry_point == "admin");
  CHECK(s.log.file == "/log");
  CHECK(s.log.format == waggle::base::log_format::json);
  REQUIRE(s.entry_points.size() == 2);
  CHECK(s.entry_points[1].name == "admin");
  CHECK(s.default_entry_points == args{"http", "https"});
  CHECK(s.workers == 3);
  CHECK(s.compat_traefik1);
  CHECK(s.keep_trailing_slash);
  CHECK(s.timeouts.read == milliseconds{1'000});
  CHECK(s.timeouts.write == milliseconds{2'000});
  CHECK(s.timeouts.idle == milliseconds{3'000});
  CHECK(s.timeouts.dial == milliseconds{4'000});
  CHECK(s.timeouts.response_header == milliseconds{5'000});
  CHECK(s.stop.grace == milliseconds{6'000});
  CHECK(s.stop.drain_delay == milliseconds{7'000});
  CHECK(s.idle_per_server == 9);
  CHECK(s.file.enabled);
  CHECK(s.file.filename == "/rules.toml");
  CHECK_FALSE(s.file.watch);
}

TEST_CASE("other spellings", "[unit][app][options]") {
  CHECK(parsed({"--stop-grace=3s"}).stop.grace == milliseconds{3'000});
  CHECK(parsed({"--drain-delay", "2s"}).stop.drain_delay == milliseconds{2'000});
  CHECK(parsed({"--log.filepath=/x"}).log.file == "/x");
  const auto old = parse_options({.args = {"--graceTimeOut=3"}, .environment = {}, .search_dirs = {}});
  REQUIRE(old.has_value());
  CHECK(old->values.stop.grace == milliseconds{3'000});
  CHECK(old->warnings == args{"--graceTimeOut is deprecated, please use --lifeCycle.graceTimeOut"});
}

TEST_CASE("what is refused, in one line that names it", "[unit][app][options]") {
  const auto [a, said] = GENERATE(table<args, std::string>({
      {{"--dokcer"}, "unknown flag: --dokcer; did you mean --docker?"},
      {{"--docker.swarmmod"}, "unknown flag: --docker.swarmmod; did you mean --docker.swarmmode?"},
      {{"--logLevl=INFO"}, "unknown flag: --logLevl; did you mean --logLevel?"},
      {{"--xyzzy.plugh=1"}, "unknown flag: --xyzzy.plugh; waggle --help lists all"},
      {{"--"}, "unexpected argument: --; commands are run, check, explain, status, version, healthcheck and help"},
      {{"serve"}, "unexpected argument: serve; commands are run, check, explain, status, version, healthcheck and help"},
      {{"bug"}, "the command bug of Traefik is not served by waggle"},
      {{"--docker", "true"}, "unexpected argument: true; write --docker=true"},
      {{"--docker.network"}, "flag --docker.network needs a value: --docker.network=…"},
      {{"--docker.network", "--docker"}, "flag --docker.network needs a value: --docker.network=…"},
      {{"--docker.endpoint="}, "invalid value \"\" for --docker.endpoint: expected unix:///PATH or tcp://HOST:PORT"},
      {{"--docker.watch=maybe"}, "invalid value \"maybe\" for --docker.watch: expected true or false"},
      {{"--docker.pollinterval=1ms"}, "invalid value \"1ms\" for --docker.pollinterval: expected a duration of at least 50ms"},
      {{"--loglevel=loud"}, "invalid value \"loud\" for --loglevel: expected DEBUG, INFO, WARN, ERROR, FATAL or PANIC"},
      {{"--workers=many"}, "invalid value \"many\" for --workers: expected a whole number from 0 to 1024"},
      {{"--compat=traefik2"}, "invalid value \"traefik2\" for --compat: expected traefik1"},
      {{"--web.address=8080"}, "invalid value \"8080\" for --web.address: expected an address such as :80, 127.0.0.1:80 or [::1]:80"},
      {{"--configfile=/no/such/file.toml"}, "cannot read the configuration file /no/such/file.toml"},
  }));
  CAPTURE(a);
  CHECK(refused(a) == said);
}

TEST_CASE("Traefik's flags that waggle does not serve say what to do", "[unit][app][options]") {
  const auto* flag = GENERATE("--consulcatalog", "--kubernetes", "--kubernetes.namespaces=x", "--acme", "--acme.email=a@b", "--marathon", "--Rancher",
                              "--docker.filename=x", "--web.path=/x", "--hostresolver");
  CAPTURE(flag);
  const std::string said = refused({flag, "--docker"});
  const std::string name = std::string(flag).substr(0, std::string(flag).find('='));
  CHECK(said.substr(0, 5 + name.size() + 2) == "flag " + name + ": ");
  CHECK(said.size() > name.size() + 20);
}

TEST_CASE("commands and requests for help", "[unit][app][options]") {
  const auto [a, what] = GENERATE(table<args, command>({{args{}, command::run},
                                                        {{"run"}, command::run},
                                                        {{"version"}, command::version},
                                                        {{"--version"}, command::version},
                                                        {{"help"}, command::help},
                                                        {{"--help"}, command::help},
                                                        {{"-h"}, command::help},
                                                        {{"run", "--docker", "--help"}, command::help},
                                                        {{"storeconfig", "--consul"}, command::storeconfig},
                                                        {{"traefik", "healthcheck"}, command::healthcheck},
                                                        {{"healthcheck", "--web"}, command::healthcheck}}));
  CAPTURE(a);
  const auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  REQUIRE(out.has_value());
  CHECK(out->what == what);
}

TEST_CASE("the environment speaks where flags do not", "[unit][app][options]") {
  const auto out = parse_options({.args = {"--docker.network=flag", "--constraints=tag==flag"},
                                  .environment = {{"WAGGLE_DOCKER_NETWORK", "env"},
                                                  {"WAGGLE_DOCKER_DOMAIN", "env.example"},
                                                  {"WAGGLE_CONSTRAINTS", "tag==env"},
                                                  {"WAGGLE_ENTRYPOINTS", "Name:http Address::81; Name:b Address::82\n"},
                                                  {"WAGGLE_STOP_GRACE", "3s"},
                                                  {"WAGGLE_PORT", "tcp://10.0.0.1:80"},
                                                  {"HOME", "/"}},
                                  .search_dirs = {}});
  REQUIRE(out.has_value());
  CHECK(out->values.docker.enabled);
  CHECK(out->values.docker.network == "flag");
  CHECK(out->values.docker.domain == "env.example");
  CHECK(out->values.constraints == args{"tag==flag"});
  REQUIRE(out->values.entry_points.size() == 2);
  CHECK(out->values.entry_points[1].address == ":82");
  CHECK(out->values.stop.grace == milliseconds{3'000});
  CHECK(out->warnings == args{"Environment variable WAGGLE_PORT is no option of waggle"});

  const auto wrong = parse_options({.args = {}, .environment = {{"WAGGLE_WORKERS", "x"}}, .search_dirs = {}});
  REQUIRE_FALSE(wrong.has_value());
  CHECK_THAT(wrong.error().reason, Contains("invalid value \"x\" for WAGGLE_WORKERS: expected"));
}

TEST_CASE("a TOML file as Traefik 1 takes it", "[unit][app][options]") {
  temporary_dir dir;
  const std::string file = dir.write("traefik.toml", R"(
logLevel = "INFO"
defaultEntryPoints = ["http", "web"]
providersThrottleDuration = "2s"
constraints = ["tag==a", "tag!=b"]
[entryPoints]
  [entryPoints.http]
  address = ":81"
    [entryPoints.http.forwardedHeaders]
    trustedIPs = ["10.0.0.0/8", "127.0.0.1"]
    [entryPoints.http.redirect]
    entryPoint = "web"
  [entryPoints.web]
  address = ":82"
    [entryPoints.web.auth]
    headerField = "X-User"
      [entryPoints.web.auth.basic]
      users = ["ann:$apr1$a", "bob:{SHA}b"]
    [entryPoints.web.whiteList]
    sourceRange = ["10.0.0.0/8"]
[respondingTimeouts]
idleTimeout = 90
[traefikLog]
format = "json"
[docker]
endpoint = "tcp://127.0.0.1:2375"
domain = "file.example"
swarmMode = true
watch = false
[api]
)");
  const auto out = parse_options(
      {.args = {"--docker.domain=flag.example"}, .environment = {{"WAGGLE_LOGLEVEL", "WARN"}}, .search_dirs = {"/nonexistent", dir.path()}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  const settings& s = out->values;
  CHECK(out->toml_file == file);
  CHECK(s.log.level == waggle::base::log_level::warning);
  CHECK(s.log.format == waggle::base::log_format::json);
  CHECK(s.default_entry_points == args{"http", "web"});
  CHECK(s.constraints == args{"tag==a", "tag!=b"});
  REQUIRE(s.entry_points.size() == 2);
  CHECK(s.entry_points[0].forwarded_headers.ranges == args{"10.0.0.0/8", "127.0.0.1"});
  CHECK(s.entry_points[0].redirect->entry_point == "web");
  CHECK(s.entry_points[1].auth->basic->users == args{"ann:$apr1$a", "bob:{SHA}b"});
  CHECK(s.entry_points[1].auth->header_field == "X-User");
  CHECK(s.entry_points[1].white_list->source_range == args{"10.0.0.0/8"});
  CHECK(s.timeouts.idle == milliseconds{90'000});
  CHECK(s.docker.enabled);
  CHECK(s.docker.swarm_mode);
  CHECK_FALSE(s.docker.watch);
  CHECK(s.docker.domain == "flag.example");
  CHECK(s.api.enabled);
}

TEST_CASE("a wrong TOML file is told with file and place", "[unit][app][options]") {
  const auto [text, said] = GENERATE(table<const char*, const char*>({
      {"a = \n", "x.toml:1: "},
      {"[docker]\nnetwork = 7\nwatch = \"x\"\n", "invalid value \"x\" for docker.watch in "},
      {"[acme]\n", "acme in "},
      {"[[acme.domains]]\nmain = \"x\"\n", "end TLS in front of it"},
      {"[entryPoints.https]\naddress = \":443\"\n[entryPoints.https.tls]\n", "the word \"tls\" is not served yet"},
      {"[entryPoints]\nhttp = 3\n", "entryPoints.http in "},
      {"[entryPoints.http]\naddress = \":80 x\"\n", "address has a blank in its value"},
  }));
  CAPTURE(text);
  temporary_dir dir;
  const std::string file = dir.write("x.toml", text);
  const auto out = parse_options({.args = {"-c", file}, .environment = {}, .search_dirs = {}});
  REQUIRE_FALSE(out.has_value());
  CHECK_THAT(out.error().reason, Contains(said));
}

TEST_CASE("[file] without a name means the configuration file itself", "[unit][app][options]") {
  temporary_dir dir;
  const std::string routes = "[backends.b]\n[frontends.f]\nbackend = \"b\"\n";
  const auto read = [&](const std::string& text, args flags = {}) {
    flags.insert(flags.begin(), {"-c", dir.write("t.toml", text)});
    auto out = parse_options({.args = std::move(flags), .environment = {}, .search_dirs = {}});
    INFO((out ? std::string{} : out.error().reason));
    REQUIRE(out.has_value());
    return std::move(*out);
  };
  const parsed_options own = read("[file]\n" + routes);
  CHECK(own.values.file.enabled);
  CHECK(own.values.file.filename == own.toml_file);
  CHECK(own.values.file.among_options);
  CHECK(own.warnings.empty());

  const parsed_options other = read("[file]\nfilename = \"r.toml\"\n" + routes);
  CHECK(other.values.file.filename == "r.toml");
  CHECK_FALSE(other.values.file.among_options);
  REQUIRE(other.warnings.size() == 1);
  CHECK_THAT(other.warnings[0], Contains("names another file"));

  const parsed_options none = read(routes);
  CHECK_FALSE(none.values.file.enabled);
  REQUIRE(none.warnings.size() == 1);
  CHECK_THAT(none.warnings[0], Contains("add [file] to serve them"));
  CHECK(read(routes, {"--file"}).values.file.among_options);
}

TEST_CASE("waggle.toml goes before traefik.toml, and a named file before both", "[unit][app][options]") {
  temporary_dir dir;
  dir.write("traefik.toml", "[docker]\ndomain=\"t\"\n");
  const option_sources found{.args = {}, .environment = {}, .search_dirs = {dir.path()}};
  CHECK(parse_options(found)->values.docker.domain == "t");
  dir.write("waggle.toml", "[docker]\ndomain=\"w\"\n");
  CHECK(parse_options(found)->values.docker.domain == "w");
  const std::string named = dir.write("named.toml", "[docker]\ndomain=\"n\"\n");
  CHECK(parse_options({.args = {"--configFile=" + named}, .environment = {}, .search_dirs = {dir.path()}})->values.docker.domain == "n");
  CHECK(parse_options({.args = {}, .environment = {{"WAGGLE_CONFIGFILE", named}}, .search_dirs = {dir.path()}})->values.docker.domain == "n");
}

TEST_CASE("the table of options is consistent", "[unit][app][options]") {
  std::set<std::string> names, variables;
  std::set<char> letters;
  for (const option_row& row : option_table()) {
    CAPTURE(row.name);
    CHECK(names.insert(lower(row.name)).second);
    CHECK(variables.insert(environment_name(row.name)).second);
    CHECK((row.letter == 0 || letters.insert(row.letter).second));
    CHECK(find_unserved(lower(row.name)) == nullptr);
    CHECK_FALSE(row.help.empty());
    const bool is_switch = row.kind == option_kind::section || row.kind == option_kind::boolean;
    CHECK(is_switch == row.placeholder.empty());
    settings s;  // the default that the help text shows must be one that can be given
    if (!row.fallback.empty()) CHECK(row.apply(s, row.fallback).has_value());
  }
  for (const option_alias& alias : option_aliases()) {
    CAPTURE(alias.name);
    CHECK(names.insert(std::string(alias.name)).second);
    CHECK(find_option(alias.means) != nullptr);
  }
}

TEST_CASE("the help text is complete and fits 100 columns", "[unit][app][options]") {
  const std::string text = help_text();
  for (const option_row& row : option_table()) CHECK_THAT(text, Contains("--" + std::string(row.name)));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(begin, end - begin);
    CAPTURE(line);
    CHECK(line.size() <= 100);
    CHECK((line.empty() || line.back() != ' '));
    begin = end + 1;
  }
}
