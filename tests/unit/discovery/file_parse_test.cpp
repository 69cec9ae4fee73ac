// The file provider's text → configuration, and what it says about a text that is wrong.
#include "file/parse.hpp"

#include "catch.hpp"
#include "traefik1.hpp"

#include <waggle/discovery/traefik_json.hpp>

using namespace waggle;
using namespace waggle::discovery;
using Catch::Matchers::Contains;
using waggle::test::seen;

namespace {

file_options with_entry_points() {
  file_options out;
  out.entry_points = {"http", "web"};
  return out;
}

file::parsed_file good(std::string_view text, const file_options& opts = with_entry_points()) {
  auto out = file::parse(text, opts);
  for (const auto& e : out.errors) UNSCOPED_INFO(e.at.line << ": " << e.key << " " << e.text);
  REQUIRE(out.config);
  REQUIRE(out.errors.empty());
  return out;
}

// Good by itself; rows of the tables below are put behind it. Seven lines.
constexpr std::string_view base_text = R"([backends.web.servers.a]
url = "http://10.0.0.1:8000"
[frontends.web]
backend = "web"
[frontends.web.routes.main]
rule = "Host:a.example"

)";

}  // namespace

TEST_CASE("a file as Traefik's documentation writes them", "[unit][discovery][file]") {
  const auto out = good(R"(
[backends]
  [backends.backend2]
    [backends.backend2.LoadBalancer]
      method = "drr"
    [backends.backend2.servers.server1]
      url = "http://172.17.0.4:80"
      weight = 10
  [backends.backend1]
    [backends.backend1.circuitbreaker]
      expression = "NetworkErrorRatio() > 0.5"
    [backends.backend1.maxconn]
      amount = 10
      extractorfunc = "request.host"
    [backends.backend1.servers]
      [backends.backend1.servers.server2]
        url = "https://[2001:db8::1]"
      [backends.backend1.servers.server1]
        url = "h2c://localhost:81/"
[frontends]
  [frontends.b]
  backend = "backend1"
  PASSHOSTHEADER = true
  priority = 10
  entrypoints = ["web", "gone"]
    [frontends.b.routes.test_2]
    rule = "Path:/b"
    [frontends.b.routes.test_1]
    rule = """Host:b.example,
              c.example"""
  [frontends.a]
  backend = "backend2"
    [frontends.a.routes.test_1]
    rule = "PathPrefix:/"
)");
  const auto c = seen(out.config);
  CHECK(out.warnings.empty());
  REQUIRE(c.backends.size() == 2);
  const auto& b1 = c.backends[0];
  CHECK(b1.name == "backend1");
  CHECK(b1.circuit_breaker->expression == "NetworkErrorRatio() > 0.5");
  CHECK(b1.max_conn->amount == 10);
  CHECK(b1.balance->method == "wrr");
  REQUIRE(b1.servers.size() == 2);
  CHECK(b1.servers[0] == model::server{.id = "file/backend1/h2c://localhost:81/",
                                       .name = "server1",
                                       .url = "h2c://localhost:81/",
                                       .scheme = "h2c",
                                       .host = "127.0.0.1",
                                       .port = 81,
                                       .weight = 1,
                                       .origin = {}});
  CHECK(b1.servers[1].host == "2001:db8::1");
  CHECK(b1.servers[1].port == 443);
  CHECK(c.backends[1].servers[0].weight == 10);
  CHECK(c.backends[1].balance->method == "drr");
  REQUIRE(c.frontends.size() == 2);
  CHECK(c.frontends[0].name == "a");
  CHECK(c.frontends[0].entry_points == std::vector<std::string>{"http"});
  CHECK_FALSE(c.frontends[0].pass_host_header);  // Traefik's default in files
  const auto& b = c.frontends[1];
  CHECK(b.entry_points == std::vector<std::string>{"web"});
  CHECK(b.pass_host_header);
  CHECK(b.priority == 10);
  REQUIRE(b.routes.size() == 2);
  CHECK(b.routes[0].name == "test_1");
  REQUIRE(out.lines.size() == 2);
  CHECK(out.lines[1].text == "Undefined entry point(s) 'gone' for frontend b");
}

TEST_CASE("every key of a backend arrives", "[unit][discovery][file]") {
  const auto out = good(R"toml([backends.b]
loadBalancer = { method = "wrr", sticky = false, stickiness = { cookieName = "c", secure = true, httpOnly = true, sameSite = "lax" } }
healthCheck = { scheme = "https", path = "/h", port = 8081, interval = "3s", hostname = "h", headers = { x-a = "1" } }
buffering = { maxRequestBodyBytes = 1, memRequestBodyBytes = 2, maxResponseBodyBytes = 3, memResponseBodyBytes = 4, retryExpression = "IsNetworkError()" }
responseForwarding = { flushInterval = "10ms" }
)toml");
  CHECK(out.warnings.empty());
  CHECK(traefik_json(out.config->http, out.config->http.services[0]) ==
        R"({"loadBalancer":{"method":"wrr","stickiness":{"cookieName":"c","secure":true,"httpOnly":true,"sameSite":"lax"}},)"
        R"("healthCheck":{"scheme":"https","path":"/h","port":8081,"interval":"3s","hostname":"h","headers":{"X-A":"1"}},)"
        R"("buffering":{"maxRequestBodyBytes":1,"memRequestBodyBytes":2,"maxResponseBodyBytes":3,"memResponseBodyBytes":4,)"
        R"json("retryExpression":"IsNetworkError()"},"forwardingResponse":{"flushInterval":"10ms"}})json");
}

TEST_CASE("every key of a frontend arrives", "[unit][discovery][file]") {
  const auto out = good(std::string(base_text) + R"([frontends.web.passTLSClientCert]
pem = true
infos = { notAfter = true, subject = { commonName = true }, issuer = { country = true } }
[frontends.web.whiteList]
sourceRange = ["10.0.0.0/8"]
useXForwardedFor = true
[frontends.web.redirect]
regex = "a"
replacement = "b"
permanent = true
[frontends.web.headers]
SSLRedirect = true
STSSeconds = 5
allowedHosts = ["a.example"]
browserXssFilter = true
[frontends.web.headers.customRequestHeaders]
x-script-name = "test"
[frontends.web.errors.down]
status = ["500-599"]
backend = "web"
query = "/{status}.html"
[frontends.web.rateLimit]
extractorFunc = "client.ip"
[frontends.web.rateLimit.rateSet.one]
period = "10s"
average = 100
burst = 200
[frontends.web.rateLimit.rateSet.two]
period = 3
average = 5
burst = 10
[frontends.web.auth]
headerField = "X-User"
[frontends.web.auth.basic]
removeHeader = true
users = ["u:h"]
)");
  CHECK(out.warnings.empty());
  const auto o = seen(out.config).frontends[0].options;
  CHECK(o.auth->basic->users == std::vector<std::string>{"u:h"});
  CHECK(
      traefik_json(out.config->http, out.config->http.routers[0]) ==
      R"({"entryPoints":["http"],"backend":"web","routes":{"main":{"rule":"Host:a.example"}},)"
      R"("passTLSClientCert":{"pem":true,"infos":{"notAfter":true,"notBefore":false,"sans":false,)"
      R"("subject":{"country":false,"province":false,"locality":false,"organization":false,"commonName":true,"serialNumber":false,"domainComponent":false},)"
      R"("issuer":{"country":true,"province":false,"locality":false,"organization":false,"commonName":false,"serialNumber":false,"domainComponent":false}}},)"
      R"("priority":0,"basicAuth":null,"whiteList":{"sourceRange":["10.0.0.0/8"],"useXForwardedFor":true},)"
      R"("headers":{"customRequestHeaders":{"X-Script-Name":"test"},"allowedHosts":["a.example"],"sslRedirect":true,"stsSeconds":5,"browserXssFilter":true},)"
      R"("errors":{"down":{"status":["500-599"],"backend":"web","query":"/{status}.html"}},)"
      R"("ratelimit":{"rateset":{"one":{"period":10000000000,"average":100,"burst":200},"two":{"period":3000000000,"average":5,"burst":10}},"extractorFunc":"client.ip"},)"
      R"("redirect":{"regex":"a","replacement":"b","permanent":true},"auth":{"basic":{"removeHeader":true},"headerField":"X-User"}})");
}

TEST_CASE("the forms before Traefik 1.7 still work", "[unit][discovery][file]") {
  const auto out = good(std::string(base_text) +
                        "[frontends.old]\nbackend = \"web\"\nbasicAuth = [\"u:h\"]\n"
                        "whitelistSourceRange = [\"::1\"]\nroutes.r.rule = \"Path:/\"\n");
  const auto o = seen(out.config).frontends[0].options;
  CHECK(o.auth->basic->users == std::vector<std::string>{"u:h"});
  CHECK(o.white_list->source_range == std::vector<std::string>{"::1"});
  REQUIRE(out.warnings.size() == 2);
  CHECK(out.warnings[0].at.line == 10);
}

TEST_CASE("a file without tables routes nothing, and that is no error", "[unit][discovery][file]") {
  CHECK(*good("# nothing\n").config == model::configuration{});
  CHECK(*good("[backends]\n[frontends]\n").config == model::configuration{});
}

TEST_CASE("tables of others count only in a file of one's own", "[unit][discovery][file]") {
  const auto own = good("logLevel = \"INFO\"\n[[tls]]\n[frontend]\n");
  REQUIRE(own.warnings.size() == 3);
  CHECK(own.warnings[2].text == "is not known and ignored; did you mean frontends?");
  file_options among = with_entry_points();
  among.among_options = true;
  CHECK(good("logLevel = \"INFO\"\n[docker]\n", among).warnings.empty());
}

TEST_CASE("one mistake: its line, its key, and what to write", "[unit][discovery][file]") {
  using row = std::tuple<const char*, unsigned, const char*, const char*>;
  const auto [text, line, key, said] = GENERATE(table<const char*, unsigned, const char*, const char*>({
      row{"[backends\n", 8, "", "expected"},
      row{"x = 1\nx = 2", 9, "", "x"},
      row{"{{ range }}", 8, "", "templates are not evaluated"},
      row{"[backends.b]\nservers = 3", 9, "backends.b.servers", "is a whole number; write a table"},
      row{"[backends.b.servers]\ns = \"http://10.0.0.1\"", 9, "backends.b.servers.s", "is a text; write a table"},
      row{"[backends.b.servers.s]\nweight = 1", 8, "backends.b.servers.s", "has no url"},
      row{"[backends.b.servers.s]\nurl = 1", 9, "backends.b.servers.s.url", "is a whole number; write a text"},
      row{"[backends.b.servers.s]\nURL = \"http://db.example\"", 9, "backends.b.servers.s.URL", "use an IP address"},
      row{"[backends.b.servers.s]\nurl = \"http://10.0.0.1\"\nweight = \"1\"", 10, "backends.b.servers.s.weight", "is a text; write a whole"},
      row{"[backends.b.servers.s]\nurl = \"http://10.0.0.1\"\nweight = -1", 10, "backends.b.servers.s.weight", "is negative"},
      row{"[backends.b.servers.s]\nurl = \"http://10.0.0.1\"\nweight = 9999999999", 10, "backends.b.servers.s.weight", "out of range"},
      row{"[backends.b.loadBalancer]\nstickiness = true", 9, "backends.b.loadBalancer.stickiness", "is a boolean; write a table"},
      row{"[backends.b.loadBalancer.stickiness]\ncookieName = \"a b\"", 9, "backends.b.loadBalancer.stickiness.cookieName",
          "cannot be a cookie's name"},
      row{"[backends.b.healthCheck]\nport = 70000", 9, "backends.b.healthCheck.port", "is no port"},
      row{"[backends.b.responseForwarding]\nflushInterval = \"1 s\"", 9, "backends.b.responseForwarding.flushInterval", "time: "},
      row{"[frontends.f]\nroutes.r.rule = \"Path:/\"", 8, "frontends.f", "has no backend"},
      row{"[frontends.f]\nbackend = \"\"\nroutes.r.rule = \"Path:/\"", 9, "frontends.f.backend", "is empty"},
      row{"[frontends.f]\nbackend = \"wbe\"\nroutes.r.rule = \"Path:/\"", 9, "frontends.f.backend",
          "there is no backend \"wbe\"; did you mean \"web\"?"},
      row{"[frontends.f]\nbackend = \"other\"\nroutes.r.rule = \"Path:/\"", 9, "frontends.f.backend", "add [backends.other]"},
      row{"[frontends.f]\nbackend = \"web\"", 8, "frontends.f", "has no route"},
      row{"[frontends.f]\nbackend = \"web\"\n[frontends.f.routes.r]", 10, "frontends.f.routes.r", "has no rule"},
      row{"[frontends.f]\nbackend = \"web\"\n[frontends.f.routes.r]\nrule = \"Hots:a\"", 11, "frontends.f.routes.r.rule", "Unknown function: 'Hots'"},
      row{"[frontends.\"a.b\"]\nbackend = \"web\"\nroutes.\"c d\".rule = \"\"", 10, "frontends.\"a.b\".routes.\"c d\".rule", "empty rule"},
      row{"[frontends.web.auth]\nbasic.users = [1]", 9, "frontends.web.auth.basic.users", "holds a whole number; write texts"},
      row{"[frontends.web.auth]\nbasic = {}\ndigest = {}", 8, "frontends.web.auth", "more than one"},
      row{"[frontends.web.headers.customRequestHeaders]\n\"a b\" = \"c\"", 9, "frontends.web.headers.customRequestHeaders.\"a b\"",
          "cannot be a header name"},
      row{"[frontends.web.headers.customRequestHeaders]\na = \"c\\r\\nd: e\"", 9, "frontends.web.headers.customRequestHeaders.a", "line break"},
      row{"[frontends.web.headers]\nreferrerPolicy = \"a\\nb\"", 9, "frontends.web.headers.referrerPolicy", "line break"},
      row{"[frontends.web.rateLimit.rateSet.r]\nperiod = 1.5", 9, "frontends.web.rateLimit.rateSet.r.period", "fraction"},
  }));
  const auto out = file::parse(std::string(base_text) + text, with_entry_points());
  CAPTURE(text);
  CHECK_FALSE(out.config);
  REQUIRE(out.errors.size() == 1);
  CHECK(out.errors[0].at.line == line);
  CHECK(out.errors[0].at.column > 0);
  CHECK(out.errors[0].key == key);
  CHECK_THAT(out.errors[0].text, Contains(said));
}

TEST_CASE("what is odd but harmless is warned of", "[unit][discovery][file]") {
  using row = std::tuple<const char*, unsigned, const char*, const char*>;
  const auto [text, line, key, said] = GENERATE(table<const char*, unsigned, const char*, const char*>({
      row{"[backends.b]\nserver = 1", 9, "backends.b.server", "did you mean servers?"},
      row{"[backends.b.servers.s]\nurl = \"http://10.0.0.1/x\"", 9, "backends.b.servers.s.url", "has a path"},
      row{"[backends.web.servers.b]\nurl = \"http://10.0.0.1:8000\"", 9, "backends.web.servers.b.url", "that of server a"},
      row{"[backends.b.servers.s]\nurl = \"http://10.0.0.1\"\nURL = \"http://10.0.0.2\"", 10, "backends.b.servers.s.URL", "is there twice"},
      row{"[backends.b.loadBalancer.stickiness]\nsameSite = \"Lax\"", 9, "backends.b.loadBalancer.stickiness.sameSite", "write none, lax or strict"},
      row{"[backends.b.healthCheck]\ninterval = \"5\"", 9, "backends.b.healthCheck.interval", "the default is used"},
      row{"[frontends.web.errors.e]\nbackend = \"x\"", 8, "frontends.web.errors", "page e: there is no backend \"x\""},
      row{"[frontends.web.headers]\nframedenyy = true", 9, "frontends.web.headers.framedenyy", "did you mean frameDeny?"},
      row{"[frontends.web.zzzzzzzzzz]", 8, "frontends.web.zzzzzzzzzz", "is not known and ignored"},
  }));
  const auto out = good(std::string(base_text) + text);
  CAPTURE(text);
  REQUIRE(out.warnings.size() == 1);
  CHECK(out.warnings[0].at.line == line);
  CHECK(out.warnings[0].key == key);
  CHECK_THAT(out.warnings[0].text, Contains(said));
}

TEST_CASE("all mistakes are found at once, in the order of the file", "[unit][discovery][file]") {
  const auto out =
      file::parse("[frontends.z]\nbackend = \"q\"\nroutes.r.rule = \"X:1\"\n[backends.a.servers.s]\nurl = \"ftp://1.2.3.4\"\n", with_entry_points());
  REQUIRE(out.errors.size() == 3);
  CHECK(out.errors[0].at.line == 2);
  CHECK(out.errors[1].at.line == 3);
  CHECK(out.errors[2].at.line == 5);
}
