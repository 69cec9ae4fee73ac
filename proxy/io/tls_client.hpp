// TLS towards servers: whom to trust, who we are, and the sessions of connections that were made with it.
#pragma once

#include "io/tls_session.hpp"

#include <waggle/base/result.hpp>

#include <memory>
#include <mutex>
#include <string>

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace waggle::proxy::io {

/// Whom to trust and who we are. Texts are PEM, or names of files with it.
struct tls_client_settings {
  std::string ca;         ///< empty: the system's roots
  std::string cert, key;  ///< ours, if the server wants one
  bool verify = true;
};

/// Shared by all connections to one server; remembers its session, so that later handshakes are short: a session that is taken up
/// again is not verified again, so one context is for one name. Thread: any.
class tls_client_context {
 public:
  static base::text_result<std::shared_ptr<tls_client_context>> make(const tls_client_settings& settings);
  ~tls_client_context();
  /// A client's side of one connection, for stream::secure.
  /// @param host  a name or an address: it must be the certificate's. @return null: not a name, or no memory.
  static std::unique_ptr<tls_session> open(const std::shared_ptr<tls_client_context>& self, const std::string& host);
  tls_client_context(const tls_client_context&) = delete;

 private:
  tls_client_context() = default;
  static int keep_session(ssl_st* from, ssl_session_st* session);
  ssl_ctx_st* context_ = nullptr;
  std::mutex mutex_;
  ssl_session_st* session_ = nullptr;
};

}  // namespace waggle::proxy::io
