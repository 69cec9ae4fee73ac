// A blocking TCP socket for tests: sends raw bytes, reads with deadlines, resets on purpose. No HTTP here.
#pragma once

#include "deadline.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::test {

enum class peer_end { none, fin, reset };

class raw_socket {
 public:
  raw_socket() = default;
  explicit raw_socket(int descriptor) : fd_(descriptor) {}
  raw_socket(raw_socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)), end_(o.end_), left_(std::move(o.left_)) {}
  raw_socket& operator=(raw_socket&& o) noexcept;
  ~raw_socket() { close(); }

  static raw_socket connect(std::uint16_t port, int receive_buffer = 0);

  bool is_open() const noexcept { return fd_ >= 0; }
  int descriptor() const noexcept { return fd_; }
  void close() noexcept;
  /// RST instead of FIN.
  void reset() noexcept;
  void half_close() noexcept;
  void wake() noexcept;

  /// Sends all. @return false if the peer is gone or does not read within the time.
  bool send(std::string_view bytes, std::chrono::milliseconds within = patience());
  /// One byte, as urgent (tcp(7)).
  bool send_urgent(char byte, std::chrono::milliseconds within = patience());

  /// Reads once into the buffer that `received()` shows. @return false: the end, or nothing within the time.
  bool receive(std::chrono::milliseconds within = patience());
  /// Bytes received and not taken.
  std::string& received() noexcept { return left_; }
  std::string take(std::size_t n);
  /// Takes exactly n bytes; fewer if the peer ends or the time is over.
  std::string read_exactly(std::size_t n, std::chrono::milliseconds within = patience());
  /// Takes everything up to and with `mark`; empty if it does not come.
  std::string read_until(std::string_view mark, std::chrono::milliseconds within = patience());
  /// Everything until the peer ends.
  std::string read_all(std::chrono::milliseconds within = patience());
  /// How the peer ended, waiting for it; `none` if it did not, or sent something.
  peer_end wait_end(std::chrono::milliseconds within = patience());
  peer_end end() const noexcept { return end_; }

 private:
  bool ready(short events, test_clock::time_point until) const;
  int fd_ = -1;
  peer_end end_ = peer_end::none;
  std::string left_;
};

}  // namespace waggle::test
