#include "io/tls_client.hpp"

#include "io/address.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr int deepest_chain = 10;
constexpr std::size_t largest_pem = 1 << 20;

std::string last_error() {
  char text[256] = "unknown error";
  const unsigned long code = ERR_get_error();
  if (code != 0) {
    const char* const reason = ERR_reason_error_string(code);
    if (reason) return reason;
    ERR_error_string_n(code, text, sizeof text);
  }
  return text;
}

base::text_result<std::string> pem_text(const std::string& text, const char* what) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  using outcome = base::text_result<std::string>;
  if (text.find("-----BEGIN ") != std::string::npos) return outcome(in_place_value, text);
  std::ifstream in(text, std::ios::binary);
  if (!in) return base::text_error{std::string("cannot read the ") + what + " '" + text.substr(0, 200) + "'"};
  std::string out(std::istreambuf_iterator<char>(in), {});
  if (out.size() > largest_pem) return base::text_error{std::string("the ") + what + " '" + text.substr(0, 200) + "' is too large"};
  return outcome(in_place_value, std::move(out));
}

struct bio_of {
  explicit bio_of(const std::string& text) : bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))) {}
  ~bio_of() { BIO_free(bio); }
  bio_of(const bio_of&) = delete;
  BIO* bio;
};

/// Calls use() for each certificate of the text. @return how many
template <class Use>
int each_certificate(const std::string& pem, Use&& use) {
  const bio_of in(pem);
  int n = 0;
  while (X509* const one = PEM_read_bio_X509(in.bio, nullptr, nullptr, nullptr)) {
    use(one, n++);
    X509_free(one);
  }
  ERR_clear_error();  // "no start line" is how the list ends
  return n;
}

bool trust(SSL_CTX* context, const std::string& pem) {
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  return each_certificate(pem, [&](X509* one, int) { X509_STORE_add_cert(store, one); }) > 0;
}

bool present(SSL_CTX* context, const std::string& cert, const std::string& key) {
  bool good = true;
  const int n = each_certificate(cert, [&](X509* one, int i) {
    good = good && (i == 0 ? SSL_CTX_use_certificate(context, one) : static_cast<int>(SSL_CTX_add1_chain_cert(context, one))) == 1;
  });
  const bio_of in(key);
  EVP_PKEY* const own = PEM_read_bio_PrivateKey(
      in.bio, nullptr, [](char*, int, int, void*) { return 0; }, nullptr);  // no pass phrases
  good = good && n > 0 && own && SSL_CTX_use_PrivateKey(context, own) == 1 && SSL_CTX_check_private_key(context) == 1;
  EVP_PKEY_free(own);
  return good;
}

}  // namespace

base::text_result<std::shared_ptr<tls_client_context>> tls_client_context::make(const tls_client_settings& settings) {
  std::shared_ptr<tls_client_context> out(new tls_client_context());
  ERR_clear_error();
  SSL_CTX* const c = out->context_ = SSL_CTX_new(TLS_client_method());
  if (!c) return base::text_error{"TLS: " + last_error()};
  SSL_CTX_set_verify_depth(c, deepest_chain);
  SSL_CTX_set_verify(c, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(c, out.get());
  SSL_CTX_sess_set_new_cb(c, &tls_client_context::keep_session);
  static constexpr unsigned char http11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(c, http11, sizeof http11 - 1);
  if (settings.ca.empty()) {
    SSL_CTX_set_default_verify_paths(c);
  } else {
    const auto pem = pem_text(settings.ca, "CA");
    if (!pem) return pem.error();
    if (!trust(c, *pem)) return base::text_error{"the CA holds no certificate (PEM)"};
  }
  if (settings.cert.empty() != settings.key.empty()) return base::text_error{"cert and key go together"};
  if (!settings.cert.empty()) {
    const auto cert = pem_text(settings.cert, "certificate"), key = pem_text(settings.key, "key");
    if (!cert) return cert.error();
    if (!key) return key.error();
    if (!present(c, *cert, *key)) return base::text_error{"certificate and key cannot be used together: " + last_error()};
  }
  ERR_clear_error();
  return out;
}

tls_client_context::~tls_client_context() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

/// A copy: the connection goes on using its own, which may be spoiled by how it ends, on another thread than the next one's.
int tls_client_context::keep_session(ssl_st* from, ssl_session_st* session) {
  auto& self = *static_cast<tls_client_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(from)));
  SSL_SESSION* const copy = SSL_SESSION_dup(session);
  if (!copy) return 0;
  const std::lock_guard lock(self.mutex_);
  SSL_SESSION_free(std::exchange(self.session_, copy));
  return 0;  // the original stays OpenSSL's
}

std::unique_ptr<tls_session> tls_client_context::open(const std::shared_ptr<tls_client_context>& self, const std::string& host) {
  SSL* const ssl = SSL_new(self->context_);
  if (!ssl) return nullptr;
  // What cannot be set must not be left out: an unchecked name would be anybody's.
  const bool is_named = make_address(host, 0)
                            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1
                            : !host.empty() && SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  if (!is_named) {
    SSL_free(ssl);
    return nullptr;
  }
  {
    const std::lock_guard lock(self->mutex_);
    SSL_SESSION* const own = self->session_ ? SSL_SESSION_dup(self->session_) : nullptr;  // as above
    if (own) SSL_set_session(ssl, own);
    SSL_SESSION_free(own);
  }
  return tls_session::make(ssl, tls_session::role::client, self);
}

}  // namespace waggle::proxy::io
