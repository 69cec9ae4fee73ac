#include "io/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr std::size_t record = SSL3_RT_MAX_PLAIN_LENGTH;

/// Memory that is used within one call and by one session at a time: no call here is interrupted by another.
struct scratch {
  /// Ciphertext of the call in progress, so that many records leave in one send(2).
  char sealed[tls_session::largest_write + 16 * 1024];
  std::size_t size = 0;
  char plain[record];  ///< pieces of one record, or what is read to be dropped
};

/// @return null: no memory; then records leave one by one.
scratch* own_scratch() noexcept {
  thread_local const std::unique_ptr<scratch> own(new (std::nothrow) scratch);
  return own.get();
}

}  // namespace

const bio_method_st* tls_session::socket_method() noexcept {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    if (!m) return m;
    BIO_meth_set_read(m, &tls_session::take_in);
    BIO_meth_set_write(m, &tls_session::give_out);
    BIO_meth_set_ctrl(m, &tls_session::control);
    return m;
  }();
  return method;
}

std::unique_ptr<tls_session> tls_session::make(ssl_st* ssl, role as, std::shared_ptr<const void> keeps) noexcept {
  if (!ssl) return nullptr;
  std::unique_ptr<tls_session> out(new (std::nothrow) tls_session(ssl, std::move(keeps)));
  const BIO_METHOD* const method = socket_method();
  BIO* const bio = out && method ? BIO_new(method) : nullptr;
  if (!bio) {
    if (!out) SSL_free(ssl);
    return nullptr;
  }
  BIO_set_data(bio, out.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
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

int tls_session::take_in(bio_st* bio, char* to, int size) {
  auto& self = *static_cast<tls_session*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self.is_flooded()) return -1;
  if (!self.is_dry_) {
    ssize_t n;
    do n = ::recv(self.fd_, to, static_cast<std::size_t>(size), 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
      // As stream::read: a short read has drained the socket, but an end behind it gives no further event.
      if (n < size && !self.is_ending_) self.is_dry_ = true;
      if (!self.is_established_) self.received_ += static_cast<std::size_t>(n);
      return static_cast<int>(n);
    }
    if (n == 0) {
      self.has_fin_ = true;
      return 0;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      self.receive_error_ = errno;
      return -1;
    }
    self.is_dry_ = true;
  }
  self.is_starved_ = true;
  BIO_set_retry_read(bio);
  return -1;
}

/// Takes all that it is given: OpenSSL never has to repeat a write.
int tls_session::give_out(bio_st* bio, const char* from, int size) {
  auto& self = *static_cast<tls_session*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto n = static_cast<std::size_t>(size);
  scratch* const s = own_scratch();
  if (!s || n > sizeof s->sealed - s->size) {
    self.send_sealed(false);
    if (!s || n > sizeof s->sealed) {
      self.send(from, n, false);
      return size;
    }
  }
  std::memcpy(s->sealed + s->size, from, n);
  s->size += n;
  return size;
}

long tls_session::control(bio_st* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return static_cast<const tls_session*>(BIO_get_data(bio))->has_fin_ ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Key updates and the like cost more than they weigh; take_in() refuses when there have been too many.
void tls_session::on_message(int writing, int, int type, const void*, std::size_t, ssl_st*, void* self) {
  if (!writing && (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT)) ++static_cast<tls_session*>(self)->messages_;
}

bool tls_session::held_bytes::append(const char* from, std::size_t n) noexcept {
  if (size + n > most_held) return false;
  if (at > 0 && size > 0) std::memmove(bytes.get(), bytes.get() + at, size);
  at = 0;
  char* const room = static_cast<char*>(std::realloc(bytes.get(), size + n));
  if (!room) return false;
  static_cast<void>(bytes.release());
  bytes.reset(room);
  std::memcpy(room + size, from, n);
  size += n;
  return true;
}

void tls_session::send(const char* from, std::size_t size, bool more) noexcept {
  if (send_error_ != 0 || size == 0) return;
  if (held_.size == 0 && !is_full_) {
    ssize_t n;
    do n = ::send(fd_, from, size, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      send_error_ = errno;
      return;
    }
    const std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
    if (taken == size) return;
    is_full_ = true;
    from += taken;
    size -= taken;
  }
  if (!held_.append(from, size)) {  // a peer that makes us answer and does not read; or no memory
    send_error_ = ENOBUFS;
    held_ = {};
  }
}

void tls_session::send_sealed(bool more) noexcept {
  scratch* const s = own_scratch();
  if (s) send(s->sealed, std::exchange(s->size, 0), more);
}

/// @return nothing waits any more.
bool tls_session::flush() noexcept {
  while (held_.size > 0 && !is_full_ && send_error_ == 0) {
    const ssize_t n = ::send(fd_, held_.bytes.get() + held_.at, held_.size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      send_error_ = errno;
      held_ = {};
      break;
    }
    const std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
    held_.at += taken;
    held_.size -= taken;
    if (held_.size > 0) is_full_ = true;
    else held_ = {};
  }
  if (held_.size > 0) return false;
  if (sent_notify_ && send_error_ == 0) ::shutdown(fd_, SHUT_WR);
  return true;
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
  if (is_flooded()) {
    complaint_ = is_established_ ? "more messages than data" : "handshake too large";
  } else if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    complaint_ = X509_verify_cert_error_string(verdict);
  } else if (receive_error_ != 0) {
    error_ = receive_error_;
    complaint_ = strerrordesc_np(receive_error_);
  } else {
    if (has_fin_) error_ = error_truncated;
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
  send_sealed(false);  // an alert, too
  if (rc != 1) return r.status == io_status::eof ? fail() : r;
  is_established_ = true;
  received_ = messages_ = 0;
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
    if (!SSL_has_pending(ssl_)) break;  // an end behind it is for who asks: a cut spoils the session for later connections
  }
  send_sealed(false);
  if (got == 0) return r;  // what comes behind bytes is told by the next call
  received_ += got;
  if (received_ >= refreshed_by) received_ = messages_ = 0;
  return {io_status::ok, got, 0};
}

io_result tls_session::discard(std::size_t most) noexcept {
  scratch* const s = own_scratch();
  char few[256];
  return s ? read(s->plain, std::min(most, sizeof s->plain)) : read(few, std::min(most, sizeof few));
}

/// @return how much of it is taken: all, but after a failure.
std::size_t tls_session::seal(const char* from, std::size_t size) noexcept {
  std::size_t taken = 0;
  while (taken < size && !has_failed_) {
    ERR_clear_error();
    const int n = SSL_write(ssl_, from + taken, static_cast<int>(size - taken));
    if (n > 0) taken += static_cast<std::size_t>(n);
    else fail();  // give_out() has room for everything: there is nothing to wait for
  }
  return taken;
}

io_result tls_session::write(std::span<const iovec> pieces, bool more) noexcept {
  if (has_failed_) return failed();
  if (sent_notify_) return {io_status::error, 0, EPIPE};
  if (send_error_ == 0 && !flush()) return {io_status::again, 0, 0};
  if (send_error_ != 0) return refused();
  scratch* const s = own_scratch();
  std::size_t taken = 0, gathered = 0;
  for (const iovec& piece : pieces) {
    const char* from = static_cast<const char*>(piece.iov_base);
    std::size_t left = std::min(piece.iov_len, largest_write - taken - gathered);
    // Short pieces (a head, the body's beginning) share a record.
    while (left > 0 && s && pieces.size() > 1) {
      const std::size_t n = std::min(left, record - gathered);
      std::memcpy(s->plain + gathered, from, n);
      gathered += n;
      from += n;
      left -= n;
      if (gathered == record) taken += seal(s->plain, std::exchange(gathered, 0));
    }
    if (left > 0) taken += seal(from, left);
  }
  if (gathered > 0) taken += seal(s->plain, gathered);
  send_sealed(more);
  if (taken > 0) return {io_status::ok, taken, 0};
  return has_failed_ ? failed() : io_result{};
}

void tls_session::shutdown_write() noexcept {
  if (sent_notify_ || fd_ < 0) return;
  sent_notify_ = true;
  if (is_established_ && !has_failed_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    send_sealed(false);
  }
  flush();
}

io_status tls_session::peek() noexcept {
  if (has_failed_) return io_status::error;
  char byte;
  ERR_clear_error();
  const int n = SSL_peek(ssl_, &byte, 1);
  const io_status status = n > 0 ? io_status::ok : outcome(n).status;
  send_sealed(false);
  return status;
}

std::uint8_t tls_session::on_events(std::uint8_t bits) noexcept {
  if (bits & (peer_closed | broken)) is_ending_ = true;
  if (bits & readable) is_dry_ = is_starved_ = false;
  if (bits & writable) {
    is_full_ = false;
    if (held_.size > 0) flush();
  }
  return may_write() ? bits : bits & static_cast<std::uint8_t>(~writable);
}

bool tls_session::may_read() const noexcept { return has_failed_ || has_notify_ || (!is_starved_ && (!is_dry_ || SSL_has_pending(ssl_) != 0)); }

}  // namespace waggle::proxy::io
