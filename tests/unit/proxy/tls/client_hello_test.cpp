// ClientHellos: OpenSSL's as they are, cut into records at every byte, and ones that break a rule.
#include "tls/client_hello.hpp"

#include "catch.hpp"
#include "tls_hello.hpp"

#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace waggle::proxy::tls;
using namespace waggle::test;
using verdict = client_hello::verdict;

namespace {

constexpr std::uint16_t tls10 = 0x0301, tls12 = 0x0303, tls13 = 0x0304;

verdict judge(std::string_view bytes) { return parse_client_hello(bytes).state(); }

std::vector<std::string> protocols(const client_hello& h) { return {h.alpn().begin(), h.alpn().end()}; }

std::string sized(std::size_t bytes, const std::string& text) {
  std::string out;
  for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(text.size() >> (8 * i));
  return out + text;
}
std::string extension(unsigned type, const std::string& data) {
  return std::string{static_cast<char>(type >> 8), static_cast<char>(type)} + sized(2, data);
}
std::string host(const std::string& name) { return std::string(1, '\0') + sized(2, name); }
std::string server_name(const std::string& name) { return extension(0, sized(2, host(name))); }

/// The parts of a hello by hand; each may be replaced by one that is wrong.
struct parts {
  std::string version = "\x03\x03", random = std::string(32, 'r'), session = sized(1, std::string(32, 's')), ciphers = sized(2, "\x13\x01"),
              compressions = sized(1, std::string(1, '\0'));
  std::string extensions{};  ///< without their length; "": none, and no length either
  std::string rest{};        ///< behind them

  std::string message() const {
    return "\x01" + sized(3, version + random + session + ciphers + compressions + (extensions.empty() ? "" : sized(2, extensions)) + rest);
  }
  std::string wire() const { return as_record(message()); }
};
std::string with(const std::string& extensions) {
  parts p;
  p.extensions = extensions;
  return p.wire();
}
std::string with_name(const std::string& name) { return with(server_name(name)); }

}  // namespace

TEST_CASE("what OpenSSL's clients say", "[unit][proxy][tls][client_hello]") {
  struct row {
    hello_options client;
    std::string sni;
    std::uint16_t newest;
  };
  const row rows[] = {
      {{.sni = "db.example"}, "db.example", tls13},
      {{.sni = "DB.Example"}, "db.example", tls13},
      {{.sni = "db.example.", .highest = TLS1_2_VERSION}, "db.example", tls12},
      {{.sni = ""}, "", tls13},
      {{.sni = "", .lowest = TLS1_3_VERSION}, "", tls13},
      {{.sni = "a", .lowest = TLS1_VERSION, .highest = TLS1_VERSION}, "a", tls10},
      {{.sni = "_x.a-b.example", .alpn = {"h2", "http/1.1"}}, "_x.a-b.example", tls13},
      {{.sni = "a.b", .alpn = {"postgresql"}, .highest = TLS1_2_VERSION, .ticket = false}, "a.b", tls12},
      {{.sni = "", .alpn = {std::string(255, 'p'), "x", std::string("\0\xff", 2)}}, "", tls13},
      {{.sni = "pq.example", .alpn = {"h2"}, .extension = 0xfe00, .extension_bytes = 1216}, "pq.example", tls13},
      {{.sni = "ech-outer.example", .extension = 0xfe0d, .extension_bytes = 300}, "ech-outer.example", tls13},
      {{.sni = "large.example", .extension = 0xfe00, .extension_bytes = 12000}, "large.example", tls13},
  };
  for (const row& r : rows) {
    const std::string hello = make_client_hello(r.client);
    CAPTURE(r.client.sni, hello.size());
    for (const std::string& bytes : {hello, hello + "early data", in_records(message_of(hello), 100)}) {
      const client_hello h = parse_client_hello(bytes);
      REQUIRE(h.state() == verdict::complete);
      CHECK(h.bytes() == (bytes.ends_with("data") ? hello.size() : bytes.size()));
      CHECK(h.sni() == r.sni);
      CHECK(protocols(h) == r.client.alpn);
      CHECK(h.newest_version() == r.newest);
      CHECK(h.offers_version(r.newest));
      CHECK(h.offers_version(tls12) == (r.newest == tls12 || (r.newest == tls13 && r.client.lowest == TLS1_2_VERSION)));
      CHECK_FALSE(h.offers_version(0x0305));
    }
  }
}

TEST_CASE("a hello waits for its last byte, in whatever pieces it comes", "[unit][proxy][tls][client_hello]") {
  const std::string hello = make_client_hello({.sni = "Pieces.Example", .alpn = {"h2", "imap"}, .extension = 0xfe00, .extension_bytes = 1216});
  const std::string message = message_of(hello);
  REQUIRE(message.size() > 1400);
  const auto check = [](const std::string& bytes) {
    const client_hello h = parse_client_hello(bytes);
    return h.state() == verdict::complete && h.bytes() == bytes.size() && h.sni() == "pieces.example" && h.alpn().contains("imap") &&
           std::distance(h.alpn().begin(), h.alpn().end()) == 2;
  };
  std::size_t good = 0, early = 0;
  for (std::size_t n = 1; n < message.size(); ++n) {  // two records
    const std::string bytes = as_record(message.substr(0, n)) + as_record(message.substr(n));
    good += check(bytes);
    early += judge(std::string(bytes, 0, bytes.size() - 1)) == verdict::need_more;
  }
  CHECK(good == message.size() - 1);
  CHECK(early == message.size() - 1);
  const std::string tiny = in_records(message, 1);
  CHECK(check(tiny));
  for (const std::string& bytes : {hello, tiny, in_records(message, 3)}) {
    std::size_t waits = 0;
    for (std::size_t n = 0; n < bytes.size(); ++n) waits += judge(std::string(bytes, 0, n)) == verdict::need_more;
    CHECK(waits == bytes.size());
  }
}

TEST_CASE("names and protocols stay where they are when a hello is moved", "[unit][proxy][tls][client_hello]") {
  const std::string bytes = in_records(message_of(make_client_hello({.sni = "moved.example", .alpn = {"h2", "smb"}})), 7);
  client_hello first = parse_client_hello(bytes);
  const client_hello h = std::move(first);
  CHECK(h.sni() == "moved.example");
  CHECK(h.alpn().contains("smb"));
  CHECK_FALSE(h.alpn().contains("sm"));
  CHECK_FALSE(h.alpn().contains(""));
}

TEST_CASE("what is not TLS is told by its first bytes", "[unit][proxy][tls][client_hello]") {
  CHECK(judge("") == verdict::need_more);
  CHECK(judge("\x16") == verdict::need_more);
  CHECK(judge("\x16\x03") == verdict::need_more);
  for (const std::string_view text :
       {"G", "GET / HTTP/1.1\r\n", "SSH-2.0-x", "\x80\x2e\x01\x03\x01", "\x15\x03\x01", "\x17\x03\x03", "\x16\x02", "\x16\x16\x16", "\x14\x03\x03"})
    CHECK(judge(text) == verdict::not_tls);
  CHECK(judge(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8)) == verdict::not_tls);
}

TEST_CASE("records that a hello must not come in", "[unit][proxy][tls][client_hello]") {
  const std::string message = parts{}.message();
  CHECK(judge(as_record(message)) == verdict::complete);
  CHECK(judge(as_record("")) == verdict::malformed);
  CHECK(judge(std::string("\x16\x03\x01\x40\x01", 5)) == verdict::malformed);      // 16,385 bytes
  CHECK(judge(std::string("\x16\x03\x01\x40\x00\x01", 6)) == verdict::need_more);  // 16,384 are allowed
  CHECK(judge(as_record("\x02" + message.substr(1))) == verdict::malformed);       // a ServerHello
  CHECK(judge(as_record(message + message)) == verdict::malformed);                // something behind it
  CHECK(judge(as_record(message.substr(0, 9)) + as_record(message.substr(9) + "x")) == verdict::malformed);
  CHECK(judge(as_record(message.substr(0, 9)) + "\x17\x03\x03" + "more") == verdict::malformed);  // data between
  CHECK(judge(as_record(message.substr(0, 9)) + "\x16\x02") == verdict::malformed);
  CHECK(judge(as_record(message.substr(0, 9)) + as_record("")) == verdict::malformed);
  std::string versions = as_record(message.substr(0, 9)) + as_record(message.substr(9));
  versions[2] = '\x7f';  // to be ignored
  CHECK(judge(versions) == verdict::complete);
}

TEST_CASE("a hello has 16 KiB, with its record headers", "[unit][proxy][tls][client_hello]") {
  const auto padded = [](std::size_t wire) {
    parts p;
    p.extensions = server_name("big.example");
    const std::size_t without = p.wire().size() + 4;
    p.extensions += extension(21, std::string(wire - without, '\0'));
    return p.wire();
  };
  const std::string largest = padded(client_hello::most_bytes), over = padded(client_hello::most_bytes + 1);
  REQUIRE(largest.size() == client_hello::most_bytes);
  CHECK(parse_client_hello(largest).sni() == "big.example");
  CHECK(parse_client_hello(largest + "more").bytes() == largest.size());
  CHECK(judge(over) == verdict::malformed);
  CHECK(judge(over.substr(0, 9)) == verdict::malformed);  // it says so in its header
  const std::string split = in_records(message_of(largest), 8000);
  CHECK(judge(split.substr(0, client_hello::most_bytes - 1)) == verdict::need_more);
  CHECK(judge(split.substr(0, client_hello::most_bytes)) == verdict::malformed);
  CHECK(judge(split) == verdict::malformed);
}

TEST_CASE("every length in a hello must be right", "[unit][proxy][tls][client_hello]") {
  const auto made = [](auto change) {
    parts p;
    p.extensions = server_name("a.example");
    change(p);
    return judge(p.wire());
  };
  CHECK(made([](parts&) {}) == verdict::complete);
  CHECK(made([](parts& p) { p.extensions = ""; }) == verdict::complete);  // as before TLS 1.2
  CHECK(made([](parts& p) { p.session = sized(1, ""); }) == verdict::complete);
  CHECK(made([](parts& p) { p.extensions = "", p.rest = sized(2, ""); }) == verdict::complete);
  CHECK(made([](parts& p) { p.version = "\x02\x03"; }) == verdict::malformed);
  CHECK(made([](parts& p) { p.version = "\xfe\xfd"; }) == verdict::malformed);  // DTLS
  CHECK(made([](parts& p) { p.session = sized(1, std::string(33, 's')); }) == verdict::malformed);
  CHECK(made([](parts& p) { p.ciphers = sized(2, ""); }) == verdict::malformed);
  CHECK(made([](parts& p) { p.ciphers = sized(2, "123"); }) == verdict::malformed);
  CHECK(made([](parts& p) { p.compressions = sized(1, ""); }) == verdict::malformed);
  CHECK(made([](parts& p) { p.rest = "x"; }) == verdict::malformed);
  CHECK(made([](parts& p) { p.extensions = "", p.rest = "x"; }) == verdict::malformed);
  CHECK(made([](parts& p) { p.extensions += "x"; }) == verdict::malformed);
  CHECK(made([](parts& p) { p.extensions += std::string("\0\x15\0\x01", 4); }) == verdict::malformed);
  CHECK(judge(as_record(std::string("\x01\0\0\0", 4))) == verdict::malformed);
  // Cut anywhere, with a header that fits.
  parts p;
  p.extensions = server_name("a.example") + extension(43, sized(1, "\x03\x04"));
  const std::string body = p.message().substr(4);
  const std::size_t before_extensions = body.size() - p.extensions.size() - 2;
  for (std::size_t n = 0; n < body.size(); ++n) {
    CAPTURE(n);
    CHECK(judge(as_record("\x01" + sized(3, body.substr(0, n)))) == (n == before_extensions ? verdict::complete : verdict::malformed));
  }
}

TEST_CASE("no extension twice, and keys of older sessions last", "[unit][proxy][tls][client_hello]") {
  CHECK(judge(with(extension(41, "psk") + extension(0xfe00, ""))) == verdict::malformed);
  CHECK(judge(with(extension(0xfe00, "") + extension(41, "psk"))) == verdict::complete);
  CHECK(judge(with(server_name("a.example") + server_name("a.example"))) == verdict::malformed);
  CHECK(judge(with(extension(0xfe00, "") + extension(0xfe00, "x"))) == verdict::malformed);
  CHECK(judge(with(extension(0xfe00, "") + extension(0xfe01, ""))) == verdict::complete);
  CHECK(judge(with(extension(0xffff, "") + extension(0, sized(2, host("a"))) + extension(0xffff, ""))) == verdict::malformed);
}

TEST_CASE("names that are none", "[unit][proxy][tls][client_hello]") {
  CHECK(parse_client_hello(with_name("a.example")).sni() == "a.example");
  CHECK(parse_client_hello(with_name("A.EXAMPLE.")).sni() == "a.example");
  CHECK(parse_client_hello(with_name("1.2.3")).sni() == "1.2.3");
  CHECK(parse_client_hello(with_name("1.2.3.4.5")).sni() == "1.2.3.4.5");
  CHECK(parse_client_hello(with_name("1.2.3.4a")).sni() == "1.2.3.4a");
  CHECK(parse_client_hello(with_name(std::string(63, 'l') + ".x")).state() == verdict::complete);
  std::string longest;
  for (int i = 0; i < 126; ++i) longest += "a.";
  longest += "b";
  REQUIRE(longest.size() == client_hello::longest_name);
  CHECK(parse_client_hello(with_name(longest + ".")).sni() == longest);
  for (const std::string& name :
       {std::string(""), std::string("."), std::string("a..b"), std::string(".a"), std::string("a.."), std::string("1.2.3.4"),
        std::string("127.0.0.1."), std::string("999.1.1.1"), std::string("::1"), std::string("[::1]"), std::string("a b"), std::string("a\0b", 3),
        std::string("b\xc3\xbc.example"), std::string("*.example"), std::string("a:443"), std::string("a/b"), longest + "c",
        std::string(64, 'l') + ".x", std::string(300, 'x')}) {
    CAPTURE(name);
    CHECK(judge(with_name(name)) == verdict::malformed);
  }
  CHECK(judge(with(extension(0, ""))) == verdict::malformed);
  CHECK(judge(with(extension(0, sized(2, "")))) == verdict::malformed);
  CHECK(judge(with(extension(0, sized(2, host("a.example") + host("b.example"))))) == verdict::malformed);
  CHECK(judge(with(extension(0, sized(2, "\x01" + sized(2, "a.example"))))) == verdict::malformed);  // no host name
  CHECK(judge(with(extension(0, sized(2, host("a.example")) + "x"))) == verdict::malformed);
  CHECK(judge(with(extension(0, sized(2, host("a.example") + "x")))) == verdict::malformed);
}

TEST_CASE("protocol lists that are none", "[unit][proxy][tls][client_hello]") {
  const auto made = [](const std::string& data) { return judge(with(extension(16, data))); };
  CHECK(made(sized(2, sized(1, "h2") + sized(1, "x"))) == verdict::complete);
  for (const std::string& data : {std::string(), std::string("\0", 1), sized(2, ""), sized(2, sized(1, "")), sized(2, sized(1, "h2") + sized(1, "")),
                                  sized(2, "\x03h2"), sized(2, sized(1, "h2")) + "x", sized(2, sized(1, "h2") + "\x05")})
    CHECK(made(data) == verdict::malformed);
}

TEST_CASE("versions: the extension's if there is one, GREASE aside", "[unit][proxy][tls][client_hello]") {
  const auto made = [](const std::string& data) { return parse_client_hello(with(extension(43, data))); };
  const client_hello h = made(sized(1, "\x7a\x7a\x03\x04\x7f\x1c\x03\x02"));
  REQUIRE(h.state() == verdict::complete);
  CHECK(h.newest_version() == tls13);
  CHECK(h.offers_version(0x0302));
  CHECK_FALSE(h.offers_version(tls12));
  CHECK(made(sized(1, "\x7a\x7a")).newest_version() == 0);
  CHECK(made(sized(1, std::string(254, '\x03'))).newest_version() == 0x0303);
  for (const std::string& data :
       {std::string(), sized(1, ""), sized(1, "\x03"), sized(1, "\x03\x04\x03"), sized(1, "\x03\x04") + "x", sized(1, std::string(255, '\x03'))})
    CHECK(made(data).state() == verdict::malformed);
}
