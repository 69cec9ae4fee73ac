// The parser beside OpenSSL's own: what we route by is what a server behind us will see, also in a hello that was tampered with.
#include "tls/client_hello.hpp"

#include "catch.hpp"
#include "tls_certificate.hpp"
#include "tls_hello.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace waggle::proxy::tls;
using namespace waggle::test;
using verdict = client_hello::verdict;

namespace {

/// A server that stops as soon as it has the hello, or as soon as it has read the extensions for itself.
class openssl_server {
 public:
  struct sight {
    bool called = false;                         ///< the hello's own form was good
    std::optional<std::string> name, protocols;  ///< the extensions' bytes as they came
    bool read_name = false;                      ///< its extensions have been read, too, and a name was in them
    std::string parsed_name;
  };

  openssl_server() : server_(make_tls_server()) {
    SSL_CTX* const c = server_.context.get();
    SSL_CTX_set_security_level(c, 0);
    SSL_CTX_set_min_proto_version(c, TLS1_VERSION);
    SSL_CTX_set_client_hello_cb(c, &on_hello, this);
    SSL_CTX_set_tlsext_servername_callback(c, &on_name);
    SSL_CTX_set_tlsext_servername_arg(c, this);
  }

  sight look(std::string_view bytes) {
    seen_ = {};
    const std::unique_ptr<SSL, ssl_free> ssl(SSL_new(server_.context.get()));
    BIO* const in = BIO_new(BIO_s_mem());
    BIO* const out = BIO_new(BIO_s_mem());
    BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
    SSL_set_bio(ssl.get(), in, out);
    SSL_accept(ssl.get());
    ERR_clear_error();
    return std::move(seen_);
  }

 private:
  static std::optional<std::string> extension(SSL* ssl, unsigned type) {
    const unsigned char* bytes = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes), size);
  }
  static int on_hello(SSL* ssl, int*, void* self) {
    sight& s = static_cast<openssl_server*>(self)->seen_;
    s.called = true;
    s.name = extension(ssl, TLSEXT_TYPE_server_name);
    s.protocols = extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation);
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  static int on_name(SSL* ssl, int*, void* self) {
    sight& s = static_cast<openssl_server*>(self)->seen_;
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    s.read_name = name != nullptr;
    if (name) s.parsed_name = name;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  tls_server server_;
  sight seen_;
};

std::string normal(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string wire(const alpn_list& list) {
  std::string out;
  for (const std::string_view p : list) out += static_cast<char>(p.size()) + std::string(p);
  return out;
}

/// What we understood, OpenSSL understood alike.
void same(const client_hello& h, const openssl_server::sight& s) {
  if (h.state() != verdict::complete) return;
  REQUIRE(s.called);
  REQUIRE(s.name.has_value() == !h.sni().empty());
  if (s.name) REQUIRE(normal(s.name->substr(5)) == h.sni());
  REQUIRE(s.protocols.value_or("").substr(s.protocols ? 2 : 0) == wire(h.alpn()));
  if (s.read_name) REQUIRE(normal(s.parsed_name) == h.sni());
}

}  // namespace

TEST_CASE("OpenSSL's server reads the same name out of OpenSSL's hellos", "[unit][proxy][tls][client_hello]") {
  openssl_server server;
  const hello_options clients[] = {
      {.sni = "Db.Example", .alpn = {"h2", "x"}},
      {.sni = "db.example.", .highest = TLS1_2_VERSION},
      {.sni = "old.example", .lowest = TLS1_VERSION, .highest = TLS1_1_VERSION},
      {.sni = "pq.example", .alpn = {"h2"}, .extension = 0xfe00, .extension_bytes = 3000},
  };
  for (const hello_options& o : clients) {
    const std::string hello = make_client_hello(o);
    for (const std::size_t most : {16384u, 700u, 29u}) {
      CAPTURE(o.sni, most);
      const std::string bytes = in_records(message_of(hello), most);
      const auto seen = server.look(bytes);
      const client_hello h = parse_client_hello(bytes);
      REQUIRE(h.state() == verdict::complete);
      REQUIRE(seen.read_name);
      same(h, seen);
    }
  }
  CHECK_FALSE(server.look(make_client_hello({})).name);
}

TEST_CASE("a tampered hello is never read as something that OpenSSL does not read", "[unit][proxy][tls][client_hello]") {
  openssl_server server;
  std::size_t complete = 0, malformed = 0;
  for (const hello_options& o : {hello_options{.sni = "tampered.example", .alpn = {"h2", "imap"}},
                                 hello_options{.sni = "t.example", .alpn = {"x"}, .highest = TLS1_2_VERSION}}) {
    const std::string hello = make_client_hello(o);
    for (std::size_t i = 0; i < hello.size(); ++i) {
      for (const int change : {0x01, 0x02, 0x10, 0x20, 0x80, 0xff}) {
        std::string bytes = hello;
        bytes[i] = static_cast<char>(bytes[i] ^ change);
        CAPTURE(i, change);
        const client_hello h = parse_client_hello(bytes);
        complete += h.state() == verdict::complete;
        malformed += h.state() == verdict::malformed;
        if (h.state() == verdict::complete) same(h, server.look(bytes));
      }
    }
  }
  CHECK(complete > 1000);  // most bytes are keys and random
  CHECK(malformed > 200);
}

TEST_CASE("OpenSSL's clients understand the alert", "[unit][proxy][tls][client_hello]") {
  for (const int version : {TLS1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    std::string own_extension;
    const auto context = make_hello_context({.lowest = version, .highest = version}, own_extension);
    const std::unique_ptr<SSL, ssl_free> ssl(SSL_new(context.get()));
    BIO* const in = BIO_new(BIO_s_mem());
    BIO_write(in, unrecognized_name_alert.data(), static_cast<int>(unrecognized_name_alert.size()));
    SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
    SSL_set_tlsext_host_name(ssl.get(), "nobody.example");
    ERR_clear_error();
    CHECK(SSL_connect(ssl.get()) != 1);
    CHECK(ERR_GET_REASON(ERR_peek_error()) == SSL_R_TLSV1_UNRECOGNIZED_NAME);
    ERR_clear_error();
  }
}
