// ClientHellos: what was judged once is judged the same whatever follows, records do not matter, and whatever is understood
// OpenSSL understands alike.
#include "fuzz.hpp"

#include "tls/client_hello.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <string>

using namespace waggle::proxy::tls;
using waggle::fuzz::require;
using waggle::fuzz::text_of;
using verdict = client_hello::verdict;

namespace {

constexpr std::size_t record_header = 5;

std::string protocols(const client_hello& h) {
  std::string out;
  for (const std::string_view p : h.alpn()) {
    require(!p.empty() && p.size() < 256 && h.alpn().contains(p), "a protocol that is none");
    out += static_cast<char>(p.size()) + std::string(p);
  }
  return out;
}

void same(const client_hello& a, const client_hello& b, const char* what) {
  require(a.state() == b.state() && a.sni() == b.sni() && protocols(a) == protocols(b) && a.newest_version() == b.newest_version(), what);
}

void check_name(std::string_view name) {
  require(name.size() <= client_hello::longest_name && !name.ends_with('.') && !name.starts_with('.'), "a name that is none");
  for (const char c : name) require((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.', "a byte that no name has");
}

/// The fragments of a complete hello put together.
std::string message_of(std::string_view wire) {
  std::string out;
  while (wire.size() > record_header) {
    const std::size_t length = static_cast<unsigned char>(wire[3]) * 256u + static_cast<unsigned char>(wire[4]);
    out += wire.substr(record_header, length);
    wire.remove_prefix(std::min(wire.size(), record_header + length));
  }
  return out;
}

std::string in_records(std::string_view message, std::size_t most) {
  std::string out;
  for (; !message.empty(); message.remove_prefix(std::min(most, message.size()))) {
    const std::string_view part = message.substr(0, most);
    out += std::string("\x16\x03\x01", 3) + static_cast<char>(part.size() >> 8) + static_cast<char>(part.size()) + std::string(part);
  }
  return out;
}

struct sight {
  bool called = false;
  std::string name, protocols;
};

std::string extension(SSL* ssl, unsigned type, std::size_t skipped) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1 || size < skipped) return "";
  return {reinterpret_cast<const char*>(bytes) + skipped, size - skipped};
}

int on_hello(SSL* ssl, int*, void* to) {
  sight& s = *static_cast<sight*>(to);
  s = {true, extension(ssl, TLSEXT_TYPE_server_name, 5), extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, 2)};
  return SSL_CLIENT_HELLO_ERROR;
}

/// What OpenSSL hands to a server of a hello, before it looks at what is in it.
sight look(std::string_view bytes) {
  static sight seen;
  static SSL_CTX* const context = [] {
    SSL_CTX* const c = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_client_hello_cb(c, &on_hello, &seen);
    return c;
  }();
  seen = {};
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context), &SSL_free);
  BIO* const in = BIO_new(BIO_s_mem());
  BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
  SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
  SSL_accept(ssl.get());
  ERR_clear_error();
  return seen;
}

void check_complete(const std::string& text, const client_hello& h) {
  const std::string exact = text.substr(0, h.bytes());
  same(parse_client_hello(exact), h, "what follows a hello counts");
  same(parse_client_hello(exact + exact), h, "what follows a hello counts");
  check_name(h.sni());
  const std::string message = message_of(exact);
  for (const std::size_t most : {std::size_t{16384}, std::size_t{97}, message.size() / 2 + 1}) {
    const std::string other = in_records(message, most);
    if (other.size() <= client_hello::most_bytes) same(parse_client_hello(other), h, "other records, another hello");
  }
  // In one record: OpenSSL also looks at the records' versions, which RFC 8446 wants ignored.
  const sight s = look(in_records(message, 16384));
  if (!s.called) return;  // it refuses more than we do, e.g. extensions that are DTLS's (use_srtp)
  std::string name = s.name;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.ends_with('.')) name.pop_back();
  require(name == h.sni(), "OpenSSL sees another name");
  require(s.protocols == protocols(h), "OpenSSL sees other protocols");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = text_of(data, std::min<std::size_t>(size, 20000));
  const client_hello h = parse_client_hello(text);
  require(h.bytes() <= text.size() && (h.bytes() > 0) == (h.state() == verdict::complete), "a length without a hello");
  if (h.state() == verdict::need_more) require(text.size() < client_hello::most_bytes, "waits for more than it may");
  if (h.state() == verdict::complete) check_complete(text, h);
  for (std::size_t n = 0; n < text.size(); n += n < 96 || n + 96 > text.size() ? 1 : 64) {
    const std::string part = text.substr(0, n);
    const client_hello early = parse_client_hello(part);
    if (early.state() != verdict::need_more) same(early, h, "a prefix was judged, the whole differently");
    else require(h.state() != verdict::complete || n < h.bytes(), "complete, and yet it waits");
  }
  return 0;
}
