// What a real client says first: OpenSSL's ClientHello by options, as bytes; and the same cut into other records.
#pragma once

#include "tls_certificate.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::test {

struct hello_options {
  std::string sni{};
  std::vector<std::string> alpn{};
  int lowest = TLS1_2_VERSION, highest = TLS1_3_VERSION;
  /// An extension of a type that OpenSSL does not know, with so many bytes: as long as a post-quantum key share is 1216.
  unsigned extension = 0;
  std::size_t extension_bytes = 0;
  bool ticket = true;
};

struct ssl_free {
  void operator()(SSL* s) const noexcept { SSL_free(s); }
};

/// @param own_extension  what the extension holds; has to outlive the hello's making.
inline tls_context make_hello_context(const hello_options& o, std::string& own_extension) {
  tls_context context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::runtime_error("OpenSSL made no context");
  SSL_CTX_set_security_level(context.get(), 0);  // TLS 1.0 and 1.1, too
  SSL_CTX_set_min_proto_version(context.get(), o.lowest);
  SSL_CTX_set_max_proto_version(context.get(), o.highest);
  if (!o.ticket) SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  if (!o.alpn.empty()) {
    std::string wire;
    for (const std::string& p : o.alpn) wire += static_cast<char>(p.size()) + p;
    if (SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size())) != 0)
      throw std::runtime_error("OpenSSL takes no such ALPN list");
  }
  if (o.extension == 0) return context;
  own_extension.assign(o.extension_bytes, 'k');
  const auto add = [](SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size, X509*, std::size_t, int*, void* held) {
    const auto& bytes = *static_cast<std::string*>(held);
    *out = reinterpret_cast<const unsigned char*>(bytes.data());
    *size = bytes.size();
    return 1;
  };
  if (SSL_CTX_add_custom_ext(context.get(), o.extension, SSL_EXT_CLIENT_HELLO, add, nullptr, &own_extension, nullptr, nullptr) != 1)
    throw std::runtime_error("OpenSSL takes no such extension");
  return context;
}

inline std::string make_client_hello(const hello_options& o) {
  std::string own_extension;
  const auto context = make_hello_context(o, own_extension);
  const std::unique_ptr<SSL, ssl_free> ssl(SSL_new(context.get()));
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  if (!o.sni.empty() && SSL_set_tlsext_host_name(ssl.get(), o.sni.c_str()) != 1) throw std::runtime_error("OpenSSL takes no such name");
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  if (size <= 0) throw std::runtime_error("OpenSSL said nothing");
  return {bytes, static_cast<std::size_t>(size)};
}

inline std::string as_record(std::string_view fragment) {
  return std::string("\x16\x03\x01", 3) + static_cast<char>(fragment.size() >> 8) + static_cast<char>(fragment.size()) + std::string(fragment);
}

/// The message of a hello in one record.
inline std::string message_of(std::string_view hello) { return std::string(hello.substr(5)); }

/// A message in records of at most so many bytes.
inline std::string in_records(std::string_view message, std::size_t most) {
  std::string out;
  for (; !message.empty(); message.remove_prefix(std::min(most, message.size()))) out += as_record(message.substr(0, most));
  return out;
}

}  // namespace waggle::test
