// The socket as OpenSSL sees it: a BIO that takes all that it is given. What many calls seal leaves in one send(2); what the socket
// does not take is kept, so nothing is ever written twice. It knows bytes and readiness, not TLS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

struct bio_method_st;
struct bio_st;
struct ssl_st;

namespace waggle::proxy::io {

class tls_wire {
 public:
  static constexpr std::size_t most_held = 256 * 1024;  ///< ciphertext kept; beyond, sending has failed
  static constexpr std::size_t scratch_size = 80 * 1024;

  tls_wire() noexcept = default;
  tls_wire(const tls_wire&) = delete;
  tls_wire& operator=(const tls_wire&) = delete;

  /// Becomes what `ssl` reads and writes. @return false: no memory.
  bool put_under(ssl_st* ssl) noexcept;
  void attach(int descriptor) noexcept { fd_ = descriptor; }
  /// How much may still be received; at 0 OpenSSL is told of an error.
  void allow(std::size_t bytes) noexcept { allowance_ = bytes; }
  std::size_t allowance() const noexcept { return allowance_; }

  /// At the end of each call of OpenSSL's. @param more  a following one comes at once (MSG_MORE).
  void send_sealed(bool more = false) noexcept;
  /// Sends what is kept. @return nothing is any more.
  bool flush() noexcept;
  /// FIN, behind what is kept.
  void finish() noexcept;

  /// Events of the socket (ready_bits). @return them, without `writable` while something is kept.
  std::uint8_t on_events(std::uint8_t bits) noexcept;
  bool may_write() const noexcept { return held_.size == 0 || send_error_ != 0; }
  std::size_t unsent() const noexcept { return held_.size; }
  /// The socket has nothing until its next event.
  bool is_dry() const noexcept { return is_dry_; }
  /// … and OpenSSL asked for more than there was: all that came has been looked at.
  bool is_starved() const noexcept { return is_starved_; }
  bool has_ended() const noexcept { return has_ended_; }  ///< FIN has been read
  int receive_error() const noexcept { return receive_error_; }
  int send_error() const noexcept { return send_error_; }

 private:
  struct free_delete {
    void operator()(char* p) const noexcept { std::free(p); }
  };
  struct held_bytes {
    std::unique_ptr<char, free_delete> bytes;
    std::size_t at = 0, size = 0;
    bool append(const char* from, std::size_t n) noexcept;
  };

  static const bio_method_st* method() noexcept;
  static int take_in(bio_st* bio, char* to, int size);
  static int give_out(bio_st* bio, const char* from, int size);
  static long control(bio_st* bio, int command, long number, void* pointer);
  void send(const char* from, std::size_t size, bool more) noexcept;

  held_bytes held_;
  std::size_t allowance_ = 0;
  int fd_ = -1;
  int send_error_ = 0, receive_error_ = 0;
  bool is_dry_ = false, is_starved_ = false, has_ended_ = false;
  bool is_full_ = false;    ///< the socket takes nothing until its next event
  bool is_ending_ = false;  ///< FIN or error reported: there is something to read until it has been read
  bool is_finished_ = false;
};

}  // namespace waggle::proxy::io
