// TLS towards a server that waggle asks itself (an auth server): a client's side over a non-blocking stream. Nothing here waits;
// the caller does, for the bits that are wanted.
#pragma once

#include "io/stream.hpp"

#include <waggle/base/result.hpp>

#include <cstdint>
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

/// Shared by all connections to one server; remembers its session, so that later handshakes are short. Thread: any.
class tls_client_context {
 public:
  static base::explained_result<std::shared_ptr<tls_client_context>> make(const tls_client_settings& settings);
  ~tls_client_context();
  tls_client_context(const tls_client_context&) = delete;

 private:
  friend class tls_client;
  tls_client_context() = default;
  static int keep_session(ssl_st* from, ssl_session_st* session);
  ssl_ctx_st* context_ = nullptr;
  std::mutex mutex_;
  ssl_session_st* session_ = nullptr;
};

/// One connection. The stream must be connected and outlive this.
class tls_client {
 public:
  /// @param host  a name or an address: it must be the certificate's
  tls_client(std::shared_ptr<tls_client_context> context, stream& over, const std::string& host);
  ~tls_client();
  tls_client(const tls_client&) = delete;

  /// Each returns `again` when it has to wait for wanted().
  io_result handshake() noexcept;
  io_result read(void* to, std::size_t size) noexcept;
  io_result write(const void* from, std::size_t size) noexcept;
  std::uint8_t wanted() const noexcept { return wanted_; }
  /// Why the last call failed: "certificate has expired", …
  const std::string& complaint() const noexcept { return complaint_; }

 private:
  io_result result(int rc) noexcept;
  std::shared_ptr<tls_client_context> context_;
  stream& over_;
  ssl_st* ssl_ = nullptr;
  std::uint8_t wanted_ = 0;
  bool failed_ = false;
  std::string complaint_;
};

}  // namespace waggle::proxy::io
