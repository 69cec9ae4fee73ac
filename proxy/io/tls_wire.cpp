#include "io/tls_wire.hpp"

#include "io/readiness.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace waggle::proxy::io {
namespace {

/// Ciphertext of the call in progress. One for a thread: no call is interrupted by another one.
struct scratch {
  char bytes[tls_wire::scratch_size];
  std::size_t size = 0;
};

/// @return null: no memory; then records leave one by one.
scratch* own_scratch() noexcept {
  thread_local const std::unique_ptr<scratch> own(new (std::nothrow) scratch);
  return own.get();
}

}  // namespace

const bio_method_st* tls_wire::method() noexcept {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    if (!m) return m;
    BIO_meth_set_read(m, &tls_wire::take_in);
    BIO_meth_set_write(m, &tls_wire::give_out);
    BIO_meth_set_ctrl(m, &tls_wire::control);
    return m;
  }();
  return made;
}

bool tls_wire::put_under(ssl_st* ssl) noexcept {
  BIO* const bio = method() ? BIO_new(method()) : nullptr;
  if (!bio) return false;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return true;
}

int tls_wire::take_in(bio_st* bio, char* to, int size) {
  auto& self = *static_cast<tls_wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const std::size_t most = std::min(static_cast<std::size_t>(size), self.allowance_);
  if (most == 0) return -1;
  if (!self.is_dry_) {
    ssize_t n;
    do n = ::recv(self.fd_, to, most, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
      // As stream::read: a short read has drained the socket, but an end behind it gives no further event.
      if (static_cast<std::size_t>(n) < most && !self.is_ending_) self.is_dry_ = true;
      self.allowance_ -= static_cast<std::size_t>(n);
      return static_cast<int>(n);
    }
    if (n == 0) {
      self.has_ended_ = true;
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

int tls_wire::give_out(bio_st* bio, const char* from, int size) {
  auto& self = *static_cast<tls_wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto n = static_cast<std::size_t>(size);
  scratch* const s = own_scratch();
  if (s && n > sizeof s->bytes - s->size) self.send_sealed();
  if (!s || n > sizeof s->bytes) {
    self.send(from, n, false);
    return size;
  }
  std::memcpy(s->bytes + s->size, from, n);
  s->size += n;
  return size;
}

long tls_wire::control(bio_st* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return static_cast<const tls_wire*>(BIO_get_data(bio))->has_ended_ ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

bool tls_wire::held_bytes::append(const char* from, std::size_t n) noexcept {
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

void tls_wire::send(const char* from, std::size_t size, bool more) noexcept {
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

void tls_wire::send_sealed(bool more) noexcept {
  if (scratch* const s = own_scratch()) send(s->bytes, std::exchange(s->size, 0), more);
}

bool tls_wire::flush() noexcept {
  while (held_.size > 0 && !is_full_) {
    const ssize_t n = ::send(fd_, held_.bytes.get() + held_.at, held_.size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
      send_error_ = errno;
      held_ = {};
      return true;
    }
    const std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
    held_.at += taken;
    held_.size -= taken;
    if (held_.size > 0) is_full_ = true;
  }
  if (held_.size > 0) return false;
  if (held_.bytes) held_ = {};
  if (is_finished_) ::shutdown(fd_, SHUT_WR);
  return true;
}

void tls_wire::finish() noexcept {
  is_finished_ = true;
  flush();
}

std::uint8_t tls_wire::on_events(std::uint8_t bits) noexcept {
  if (bits & (peer_closed | broken)) is_ending_ = true;
  if (bits & readable) is_dry_ = is_starved_ = false;
  if (bits & writable) {
    is_full_ = false;
    if (held_.size > 0) flush();
  }
  return may_write() ? bits : bits & static_cast<std::uint8_t>(~writable);
}

}  // namespace waggle::proxy::io
