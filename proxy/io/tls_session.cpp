#include "io/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr std::size_t record = SSL3_RT_MAX_PLAIN_LENGTH;

/// Plaintext within one call: pieces of one record, or what is read to be dropped. One for a thread.
/// @return null: no memory.
char* own_record() noexcept {
  thread_local const std::unique_ptr<char[]> own(new (std::nothrow) char[record]);
  return own.get();
}

}  // namespace

std::unique_ptr<tls_session> tls_session::make(ssl_st* ssl, role as, std::shared_ptr<const void> keeps) noexcept {
  if (!ssl) return nullptr;
  std::unique_ptr<tls_session> out(new (std::nothrow) tls_session(ssl, std::move(keeps)));
  if (!out) SSL_free(ssl);
  if (!out || !out->wire_.put_under(ssl)) return nullptr;
  // What holds for every connection, whatever its context says.
  if (SSL_get_min_proto_version(ssl) < TLS1_2_VERSION) SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
  SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_clear_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);  // an idle connection holds none
  SSL_set_read_ahead(ssl, 1);                   // one recv(2) for a record and what follows it, not two for each
  SSL_set_msg_callback(ssl, &tls_session::on_message);
  SSL_set_msg_callback_arg(ssl, out.get());
  if (as == role::client) SSL_set_connect_state(ssl);
  else SSL_set_accept_state(ssl);
  return out;
}

tls_session::~tls_session() {
  // Nobody waits for the peer's close_notify here. Unless told so, OpenSSL would spoil the session for the next connection.
  if (!has_failed_) SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

/// Key updates and the like cost more than they weigh; when there have been too many, no more is taken in.
void tls_session::on_message(int writing, int, int type, const void*, std::size_t, ssl_st*, void* of) {
  if (writing || (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT)) return;
  auto& self = *static_cast<tls_session*>(of);
  if (++self.messages_ > most_messages && self.is_established_) self.wire_.allow(0);
}

io_result tls_session::outcome(int rc) noexcept {
  switch (SSL_get_error(ssl_, rc)) {
    case SSL_ERROR_WANT_READ: return {io_status::again, 0, 0};
    case SSL_ERROR_ZERO_RETURN: has_notify_ = true; return {io_status::eof, 0, 0};
    default: return fail();
  }
}

io_result tls_session::fail() noexcept {
  has_failed_ = true;
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  const long verdict = SSL_get_verify_result(ssl_);
  error_ = error_protocol;
  if (wire_.allowance() == 0) {
    complaint_ = is_established_ ? "more messages than data" : "handshake too large";
  } else if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    complaint_ = X509_verify_cert_error_string(verdict);
  } else if (wire_.receive_error() != 0) {
    error_ = wire_.receive_error();
    complaint_ = strerrordesc_np(error_);
  } else {
    if (wire_.has_ended()) error_ = error_truncated;
    complaint_ = reason ? reason : "unknown error";
  }
  return failed();
}

io_result tls_session::handshake() noexcept {
  if (has_failed_) return failed();
  if (is_established_) return {};
  ERR_clear_error();
  const int rc = SSL_do_handshake(ssl_);
  const io_result r = rc == 1 ? io_result{} : outcome(rc);
  wire_.send_sealed();  // an alert, too
  if (rc != 1) return r.status == io_status::eof ? fail() : r;
  is_established_ = true;
  messages_ = 0;
  wire_.allow(SIZE_MAX);
  return r;
}

io_result tls_session::read(void* to, std::size_t size) noexcept {
  if (has_failed_) return failed();
  std::size_t got = 0;
  io_result r;
  for (unsigned records = 0; records < most_records && got < size; ++records) {
    ERR_clear_error();
    const int n = SSL_read(ssl_, static_cast<char*>(to) + got, static_cast<int>(std::min<std::size_t>(size - got, INT_MAX)));
    if (n <= 0) {
      r = outcome(n);
      break;
    }
    got += static_cast<std::size_t>(n);
    if (!SSL_has_pending(ssl_)) break;  // an end behind it is for who asks for more
  }
  wire_.send_sealed();
  if (got == 0) return r;  // what comes behind bytes is told by the next call
  received_ += got;
  if (received_ >= refreshed_by) received_ = messages_ = 0;
  return {io_status::ok, got, 0};
}

io_result tls_session::discard(std::size_t most) noexcept {
  char* const room = own_record();
  char few[256];
  return room ? read(room, std::min(most, record)) : read(few, std::min(most, sizeof few));
}

/// @return how much of it is taken: all, but after a failure.
std::size_t tls_session::seal(const char* from, std::size_t size) noexcept {
  std::size_t taken = 0;
  while (taken < size && !has_failed_) {
    ERR_clear_error();
    const int n = SSL_write(ssl_, from + taken, static_cast<int>(size - taken));
    if (n > 0) taken += static_cast<std::size_t>(n);
    else fail();  // the wire takes everything: there is nothing to wait for
  }
  return taken;
}

io_result tls_session::write(std::span<const iovec> pieces, bool more) noexcept {
  if (has_failed_) return failed();
  if (sent_notify_) return {io_status::error, 0, EPIPE};
  if (!wire_.flush()) return {io_status::again, 0, 0};
  if (wire_.send_error() != 0) return {io_status::error, 0, wire_.send_error()};
  char* const shared = pieces.size() > 1 ? own_record() : nullptr;
  std::size_t taken = 0, gathered = 0;
  for (const iovec& piece : pieces) {
    const char* from = static_cast<const char*>(piece.iov_base);
    std::size_t left = std::min(piece.iov_len, largest_write - taken - gathered);
    // Short pieces (a head, the body's beginning) share a record.
    while (left > 0 && shared) {
      const std::size_t n = std::min(left, record - gathered);
      std::memcpy(shared + gathered, from, n);
      gathered += n;
      from += n;
      left -= n;
      if (gathered == record) taken += seal(shared, std::exchange(gathered, 0));
    }
    if (left > 0) taken += seal(from, left);
  }
  if (gathered > 0) taken += seal(shared, gathered);
  wire_.send_sealed(more);
  if (taken > 0) return {io_status::ok, taken, 0};
  return has_failed_ ? failed() : io_result{};
}

void tls_session::shutdown_write() noexcept {
  if (sent_notify_) return;
  sent_notify_ = true;
  if (is_established_ && !has_failed_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    wire_.send_sealed();
  }
  wire_.finish();
}

io_status tls_session::peek() noexcept {
  if (has_failed_) return io_status::error;
  char byte;
  ERR_clear_error();
  const int n = SSL_peek(ssl_, &byte, 1);
  const io_status status = n > 0 ? io_status::ok : outcome(n).status;
  wire_.send_sealed();
  return status;
}

bool tls_session::may_read() const noexcept {
  return has_failed_ || has_notify_ || (!wire_.is_starved() && (!wire_.is_dry() || SSL_has_pending(ssl_) != 0));
}

}  // namespace waggle::proxy::io
