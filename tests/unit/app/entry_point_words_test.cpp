#include "options/entry_point_grammar.hpp"
#include "options/parse.hpp"
#include "options/values.hpp"

#include "catch.hpp"

using namespace waggle::app;
using Catch::Matchers::Contains;

TEST_CASE("words of an entry point", "[unit][app][options]") {
  const auto plain = parse_entry_point("Name:http Address::80");
  REQUIRE(plain.has_value());
  CHECK(plain->name == "http");
  CHECK(plain->address == ":80");
  CHECK(plain->forwarded_headers == waggle::proxy::trust{});

  const auto full = parse_entry_point(
      "  ADDRESS:[::1]:81   name:web forwardedheaders.trustedips:10.0.0.0/8,::1 "
      "ForwardedHeaders.Insecure:true "
      "ProxyProtocol.TrustedIPs:1.2.3.4 ProxyProtocol.Insecure:enable Compress:false ");
  REQUIRE(full.has_value());
  CHECK(full->name == "web");
  CHECK(full->address == "[::1]:81");
  CHECK(full->forwarded_headers.everyone);
  CHECK(full->forwarded_headers.ranges == std::vector<std::string>{"10.0.0.0/8", "::1"});
  CHECK(full->proxy_protocol.everyone);
  CHECK(full->proxy_protocol.ranges == std::vector<std::string>{"1.2.3.4"});
}

TEST_CASE("paths are strict where it says so", "[unit][app][options]") {
  const auto [text, on] =
      GENERATE(table<const char*, bool>({{"", false}, {" StrictPaths", true}, {" strictpaths:true", true}, {" StrictPaths:false", false}}));
  const auto e = parse_entry_point(std::string("Name:http Address::80") + text);
  REQUIRE(e.has_value());
  CHECK(e->strict_paths == on);
}

TEST_CASE("compression is on where it says so", "[unit][app][options]") {
  const auto [text, on] = GENERATE(
      table<const char*, bool>({{"", false}, {" Compress", true}, {" compress:true", true}, {" Compress:on", true}, {" Compress:false", false}}));
  const auto e = parse_entry_point(std::string("Name:http Address::80") + text);
  REQUIRE(e.has_value());
  CHECK(e->compress == on);
}

TEST_CASE("redirect, auth and white list of an entry point", "[unit][app][options]") {
  using namespace waggle;
  const auto e = parse_entry_point(
      "Name:http Address::80 Redirect.EntryPoint:https redirect.permanent:true Auth.Basic.Users:ann:$apr1$a,bob:{SHA}b= Auth.Basic.RemoveHeader "
      "Auth.HeaderField:X-User WhiteList.SourceRange:10.0.0.0/8,::1 WhiteList.UseXForwardedFor:true");
  REQUIRE(e.has_value());
  CHECK(e->redirect == model::redirect{"https", "", "", true});
  REQUIRE(e->auth.has_value());
  CHECK(e->auth->basic == model::auth_users{{"ann:$apr1$a", "bob:{SHA}b="}, "", true});
  CHECK(e->auth->header_field == "X-User");
  CHECK(e->white_list == model::white_list{{"10.0.0.0/8", "::1"}, true});

  const auto f = parse_entry_point(
      "Name:http Address::80 Redirect.Regex:^http://(.*)$ Redirect.Replacement:https://$1 WhiteListSourceRange:10.0.0.1 "
      "Auth.Forward.Address:http://auth:9/x Auth.Forward.AuthResponseHeaders:X-A,X-B Auth.Forward.TrustForwardHeader "
      "Auth.Forward.TLS.CA:ca.pem Auth.Forward.TLS.InsecureSkipVerify:true");
  REQUIRE(f.has_value());
  CHECK(f->redirect == model::redirect{"", "^http://(.*)$", "https://$1", false});
  CHECK(f->white_list->source_range == std::vector<std::string>{"10.0.0.1"});
  CHECK(f->auth->forward == model::auth_forward{"http://auth:9/x", model::client_tls{"ca.pem", "", "", false, true}, true, {"X-A", "X-B"}});

  const auto d = parse_entry_point("Name:http Address::80 Auth.Digest.Users:ann:traefik:0123");
  REQUIRE(d.has_value());
  CHECK(d->auth->digest->users == std::vector<std::string>{"ann:traefik:0123"});
  CHECK_FALSE(d->redirect.has_value());
}

TEST_CASE("deadlines of an entry point", "[unit][app][options]") {
  using namespace std::chrono_literals;
  const auto e = parse_entry_point(
      "Name:http Address::80 RespondingTimeouts.ReadTimeout:5s respondingtimeouts.writetimeout:2m RespondingTimeouts.IdleTimeout:90");
  REQUIRE(e.has_value());
  CHECK(e->timeouts.read == 5s);
  CHECK(e->timeouts.write == 2min);
  CHECK(e->timeouts.idle == 90s);
  const auto none = parse_entry_point("Name:http Address::80 RespondingTimeouts.ReadTimeout:0 RespondingTimeouts.IdleTimeout:0s");
  REQUIRE(none.has_value());
  CHECK(none->timeouts.read == 0s);
  CHECK_FALSE(none->timeouts.write.has_value());
  CHECK(none->timeouts.idle == 0s);
}

TEST_CASE("an address says what is spoken there", "[unit][app][options]") {
  using enum waggle::model::protocol;
  const auto [text, address, protocol] = GENERATE(table<const char*, const char*, waggle::model::protocol>(
      {{":80", ":80", http}, {":5432/tcp", ":5432", tcp}, {"[::1]:5432/TCP", "[::1]:5432", tcp}, {"10.0.0.1:53/udp", "10.0.0.1:53", udp}}));
  const auto e = parse_entry_point(std::string("Name:x Address:") + text);
  REQUIRE(e.has_value());
  CHECK(e->address == address);
  CHECK(e->protocol == protocol);
  CHECK(lower(written_address(*e)) == lower(text));
}

TEST_CASE("guards of an entry point below HTTP", "[unit][app][options]") {
  const auto e =
      parse_entry_point("Name:pg Address::5432/tcp MaxConnections:500 backlog:64 WhiteList.SourceRange:10.0.0.0/8 ProxyProtocol.TrustedIPs:10.1.2.3");
  REQUIRE(e.has_value());
  CHECK(e->max_connections == 500);
  CHECK(e->backlog == 64);
  CHECK(e->white_list->source_range == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(e->proxy_protocol.ranges == std::vector<std::string>{"10.1.2.3"});
}

TEST_CASE("a wrong entry point names its word", "[unit][app][options]") {
  const auto [text, said] = GENERATE(table<const char*, const char*>({
      {"", "Name is missing"},
      {"Address::80", "Name is missing"},
      {"Name:http Address:80", "expected an address such as :80, 127.0.0.1:80 or [::1]:80 in \"Address:80\""},
      {"Name:pg Address::5432/sctp", "expected nothing, /tcp or /udp behind the port in \"Address::5432/sctp\""},
      {"Name:pg Address::/tcp", "expected an address such as"},
      {"Name:pg Address::5432/tcp MaxConnections:0", "expected a whole number from 1 to 1000000 in \"MaxConnections:0\""},
      {"Name:pg Address::5432/tcp Backlog:many", "in \"Backlog:many\""},
      {"Name:http Adress::80", "unknown word \"Adress\""},
      {"Name:https Address::443 TLS", "the word \"TLS\" is not served yet"},
      {"Name:https Address::443 TLS:a.pem,a.key", "the word \"TLS\" is not served yet"},
      {"Name:http Address::80 Compress:maybe", "expected true or false in \"Compress:maybe\""},
      {"Name:http Address::80 Auth.Basic.Users:secret", "expected name:hash, separated by commas (htpasswd makes them) in \"Auth.Basic.Users\""},
      {"Name:http Address::80 Auth.Digest.Users:a:b", "expected name:traefik:hash"},
      {"Name:http Address::80 Auth.Basic.RemoveHeader:true", "Auth.Basic needs Auth.Basic.Users or Auth.Basic.UsersFile"},
      {"Name:http Address::80 Auth.Basic.Users: Auth.Basic.UsersFile:", "Auth.Basic needs Auth.Basic.Users or Auth.Basic.UsersFile"},
      {"Name:http Address::80 Auth.Digest.Users:", "Auth.Digest needs Auth.Digest.Users or Auth.Digest.UsersFile"},
      {"Name:http Address::80 Redirect.EntryPoint:", "Redirect needs Redirect.EntryPoint"},
      {"Name:http Address::80 WhiteList.SourceRange:", "WhiteList needs WhiteList.SourceRange"},
      {"Name:http Address::80 Auth.HeaderField:X-User", "Auth needs Auth.Basic, Auth.Digest or Auth.Forward"},
      {"Name:http Address::80 Auth.Forward.TrustForwardHeader:true", "Auth.Forward needs Auth.Forward.Address"},
      {"Name:http Address::80 Redirect.EntryPoint:http", "leads to the entry point itself"},
      {"Name:http Address::80 Redirect.Regex:^x", "Redirect needs Redirect.EntryPoint, or Redirect.Regex and Redirect.Replacement"},
      {"Name:http Address::80 Redirect.Permanent:maybe", "expected true or false in \"Redirect.Permanent:maybe\""},
      {"Name:http Address::80 WhiteList.SourceRange:10.0.0.0/33", "in \"WhiteList.SourceRange:10.0.0.0/33\""},
      {"Name:http Address::80 WhiteList.UseXForwardedFor:true", "WhiteList needs WhiteList.SourceRange"},
      {"Name:http Address::80 Auth.Basic.User:a:b", "unknown word \"Auth.Basic.User\""},
      {"Name:http Address::80 ForwardedHeaders.TrustedIPs:x", "instead of \"x\" in \"ForwardedHeaders.TrustedIPs:x\""},
      {"Name:http Address::80 ForwardedHeaders.Insecure:maybe", "expected true or false in"},
      {"Name:http Address::80 RespondingTimeouts.IdleTimeout:soon", "in \"RespondingTimeouts.IdleTimeout:soon\""},
  }));
  CAPTURE(text);
  const auto parsed = parse_entry_point(text);
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().reason, Contains(said));
}

TEST_CASE("hashes of users do not reach an error line", "[unit][app][options]") {
  option_sources from;
  from.args = {"--docker", "--entryPoints=Name:http Address::80 AUTH.basic.Users:ann:s1,bob:s2 Auth.Digest.Users:s3:x:s4 Nonsense:1"};
  const auto parsed = parse_options(from);
  REQUIRE_FALSE(parsed.has_value());
  CHECK_THAT(parsed.error().reason, Contains("Name:http Address::80 AUTH.basic.Users:… Auth.Digest.Users:… Nonsense:1"));
}
