// TLS between a stream and its socket, for either side of a connection: handshake, records, alerts. It decides which records are
// sent and when, and what counts as readable; it knows neither certificates nor names (tls_client.hpp), and it never waits.
// Why it is built like this: docs/decisions/0010-stream-plain-or-tls.md. Thread: one at a time, the stream's.
#pragma once

#include "io/readiness.hpp"
#include "io/tls_wire.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

struct ssl_st;

namespace waggle::proxy::io {

/// What it has sealed it has accepted (tls_wire), so a write is never to be repeated with the same bytes, and reading never waits
/// for writing. So there are two waits only: handshake and read wait for `readable`, write waits for `writable`.
class tls_session {
 public:
  enum class role : std::uint8_t { client, server };

  /// @param ssl  of a context with certificates and trust; freed with the session, or at once if that cannot be made.
  /// @param keeps  what `ssl` refers to. @return null: no memory.
  static std::unique_ptr<tls_session> make(ssl_st* ssl, role as, std::shared_ptr<const void> keeps = {}) noexcept;
  ~tls_session();
  tls_session(const tls_session&) = delete;
  tls_session& operator=(const tls_session&) = delete;

  /// The connected socket, which stays the caller's. Before anything else.
  void attach(int descriptor) noexcept { wire_.attach(descriptor); }

  io_result handshake() noexcept;  ///< `ok` also when it is done already
  /// These three after the handshake.
  io_result read(void* to, std::size_t size) noexcept;
  io_result discard(std::size_t most) noexcept;
  io_result write(std::span<const iovec> pieces, bool more = false) noexcept;
  /// close_notify, and FIN behind it as soon as all has been sent. Reading goes on.
  void shutdown_write() noexcept;
  /// What read() would give for one byte, which stays.
  io_status peek() noexcept;

  /// Events of the socket (ready_bits). Sends what waits. @return the bits that hold for whoever reads and writes here.
  std::uint8_t on_events(std::uint8_t bits) noexcept { return wire_.on_events(bits); }
  /// A read may give something that no further event would tell of: bytes taken in already count, too.
  bool may_read() const noexcept;
  bool may_write() const noexcept { return wire_.may_write(); }
  /// Accepted, and not given to the socket yet.
  std::size_t unsent() const noexcept { return wire_.unsent(); }
  /// Why it failed: "certificate has expired", "unexpected eof while reading", …; "" if it did not.
  const char* complaint() const noexcept { return complaint_; }

  static constexpr std::size_t largest_write = 64 * 1024;    ///< taken by one write()
  static constexpr std::size_t most_handshake = 128 * 1024;  ///< bytes received before it is done: certificates are all of it
  static constexpr unsigned most_messages = 100;             ///< not data (key updates, tickets, alerts) …
  static constexpr std::size_t refreshed_by = 1024 * 1024;   ///< … within so much data
  static constexpr unsigned most_records = 16;               ///< read by one read(): they may hold one byte each

 private:
  tls_session(ssl_st* ssl, std::shared_ptr<const void> keeps) noexcept : ssl_(ssl), keeps_(std::move(keeps)) { wire_.allow(most_handshake); }
  static void on_message(int writing, int version, int type, const void* bytes, std::size_t size, ssl_st* ssl, void* self);
  /// What a call that gave nothing means. Right behind it.
  io_result outcome(int rc) noexcept;
  io_result fail() noexcept;
  io_result failed() const noexcept { return {io_status::error, 0, error_}; }
  std::size_t seal(const char* from, std::size_t size) noexcept;

  tls_wire wire_;
  ssl_st* ssl_;
  std::shared_ptr<const void> keeps_;
  const char* complaint_ = "";
  std::size_t received_ = 0;  ///< data since messages were last counted from zero
  unsigned messages_ = 0;
  int error_ = 0;
  bool is_established_ = false, has_failed_ = false;
  bool has_notify_ = false, sent_notify_ = false;  ///< close_notify
};

}  // namespace waggle::proxy::io
