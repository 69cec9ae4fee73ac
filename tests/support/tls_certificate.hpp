// A server's TLS context with a certificate of its own making, for "localhost" and 127.0.0.1.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace waggle::test {

struct ssl_ctx_free {
  void operator()(SSL_CTX* c) const noexcept { SSL_CTX_free(c); }
};
using tls_context = std::unique_ptr<SSL_CTX, ssl_ctx_free>;

struct tls_server {
  tls_context context;
  std::string certificate;  ///< PEM: whom a client has to trust
};

inline tls_server make_tls_server(int highest = TLS1_3_VERSION) {
  const auto need = [](bool good) {
    if (!good) throw std::runtime_error("OpenSSL made no certificate");
  };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), &X509_free);
  need(key && cert);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  for (const auto& [id, value] : {std::pair{NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"}, {NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
    need(extension && X509_add_ext(cert.get(), extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }
  need(X509_sign(cert.get(), key.get(), EVP_sha256()) > 0);
  tls_server out;
  out.context.reset(SSL_CTX_new(TLS_server_method()));
  need(out.context && SSL_CTX_use_certificate(out.context.get(), cert.get()) == 1 && SSL_CTX_use_PrivateKey(out.context.get(), key.get()) == 1);
  SSL_CTX_set_max_proto_version(out.context.get(), highest);
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  need(text && PEM_write_bio_X509(text.get(), cert.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  out.certificate.assign(bytes, static_cast<std::size_t>(size));
  return out;
}

}  // namespace waggle::test
