#include <waggle/http/field_id.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cctype>
#include <string>

using namespace waggle::http;

namespace {

struct row {
  const char* name;
  field_id id;
  bool owned;
};
const row rows[] = {
    {"Host", field_id::host, false},
    {"Content-Length", field_id::content_length, true},
    {"Transfer-Encoding", field_id::transfer_encoding, true},
    {"Connection", field_id::connection, false},
    {"Keep-Alive", field_id::keep_alive, false},
    {"Proxy-Connection", field_id::proxy_connection, false},
    {"TE", field_id::te, false},
    {"Trailer", field_id::trailer, false},
    {"Upgrade", field_id::upgrade, false},
    {"Expect", field_id::expect, false},
    {"Cookie", field_id::cookie, false},
    {"Max-Forwards", field_id::max_forwards, false},
    {"Date", field_id::date, false},
    {"HTTP2-Settings", field_id::http2_settings, false},
    {"Proxy", field_id::proxy_header, true},
    {"X-Forwarded-For", field_id::x_forwarded_for, true},
    {"X-Forwarded-Proto", field_id::x_forwarded_proto, true},
    {"X-Forwarded-Host", field_id::x_forwarded_host, true},
    {"X-Forwarded-Port", field_id::x_forwarded_port, true},
    {"X-Forwarded-Server", field_id::x_forwarded_server, true},
    {"X-Forwarded-Prefix", field_id::x_forwarded_prefix, true},
    {"X-Forwarded-Ssl", field_id::x_forwarded_other, true},
    {"X-Forwarded-Uri", field_id::x_forwarded_uri, true},
    {"X-Forwarded-Method", field_id::x_forwarded_method, true},
    {"X-Forwarded-Tls-Client-Cert", field_id::x_forwarded_other, true},
    {"X-Forwarded-Tls-Client-Cert-Infos", field_id::x_forwarded_other, true},
    {"X-Forwarded-Scheme", field_id::x_forwarded_other, true},
    {"X-Forwarded-Path", field_id::x_forwarded_other, true},
    {"X-Forwarded-Of-Nobody-That-Is-Known-To-Anybody-At-All", field_id::x_forwarded_other, true},
    {"Proxy-Authorization", field_id::proxy_authorization, true},
    {"X-Waggle-Hops", field_id::waggle_hops, false},
    {"X-Real-Ip", field_id::x_real_ip, true},
    {"Forwarded", field_id::forwarded, true},
};

std::string mapped(std::string text, int (*f)(int)) {
  std::transform(text.begin(), text.end(), text.begin(), [f](char c) { return static_cast<char>(f(c)); });
  return text;
}

}  // namespace

TEST_CASE("every special field is known in any case", "[unit][proxy][http1][field_id]") {
  for (const row& r : rows) {
    CAPTURE(r.name);
    CHECK(classify(r.name) == r.id);
    CHECK(classify(mapped(r.name, std::toupper)) == r.id);
    CHECK(classify(mapped(r.name, std::tolower)) == r.id);
  }
}

TEST_CASE("a name that differs in any bit but a letter's case is another one", "[unit][proxy][http1][field_id]") {
  for (const row& r : rows) {
    if (r.id == field_id::x_forwarded_other) continue;  // a family: its members end as they like
    for (std::size_t i = 0; i < std::string(r.name).size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        std::string name = r.name;
        const bool letter = std::isalpha(static_cast<unsigned char>(name[i])) != 0;
        name[i] = static_cast<char>(name[i] ^ (1 << bit));
        CAPTURE(r.name, i, bit);
        CHECK((classify(name) == r.id) == (letter && bit == 5));
      }
    }
  }
}

TEST_CASE("a spelling of a field that the proxy owns with another sign for - is an alias", "[unit][proxy][http1][field_id]") {
  const char sign = GENERATE('_', '.', '!', '~', '|');
  for (const row& r : rows) {
    const std::string name = r.name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] != '-') continue;
      std::string one = name, all = name;
      one[i] = sign;
      std::replace(all.begin(), all.end(), '-', sign);
      CAPTURE(one, all);
      const field_id expected = r.owned ? field_id::alias : field_id::other;
      CHECK(classify(one) == expected);
      CHECK(classify(all) == expected);
      CHECK(classify(mapped(all, std::toupper)) == expected);
    }
  }
}

TEST_CASE("other names are other", "[unit][proxy][http1][field_id]") {
  for (const row& r : rows) {
    const std::string name = r.name;
    CAPTURE(name);
    // The whole family is one of a proxy, known or not: what a stranger says in it passes under no name.
    const field_id near = name.starts_with("X-Forwarded-") ? field_id::x_forwarded_other : field_id::other;
    CHECK(classify(name + "x") == near);
    CHECK(classify("x" + name) == field_id::other);
    if (name != "Forwarded") {
      CHECK(classify(name.substr(1)) == field_id::other);
    }
    std::string last = name;
    last.back() = '!';
    CHECK(classify(last) == (near == field_id::other ? near : field_id::alias));
  }
  CHECK(classify("") == field_id::other);
  CHECK(classify("_") == field_id::other);
  CHECK(classify("X-Forwarded") == field_id::other);
  CHECK(classify(std::string(1000, 'x')) == field_id::other);
  CHECK(classify("X-Forwarded-") == field_id::x_forwarded_other);
  CHECK(classify("X-ForwardedFor") == field_id::other);
}
