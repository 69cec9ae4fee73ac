// Clients that were turned away with an answer: their sockets are read on for a moment, since closing over bytes that nobody has
// read, or that come later, sends a reset, and who is still sending then never sees the answer (RFC 9112 section 9.6). A few at a
// time, without a coroutine: who has been here longest goes for the next one. Thread: the worker's.
#pragma once

#include "io/loop.hpp"
#include "io/linger_clock.hpp"
#include "worker/counters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy {

class rejected_clients {
 public:
  static constexpr std::size_t most = 16;  ///< of one worker; outside of the limit of connections

  rejected_clients(io::loop& l, counter& lingering) noexcept;
  ~rejected_clients();
  rejected_clients(const rejected_clients&) = delete;

  /// Takes over a socket of which the write side is shut.
  void keep(int descriptor) noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  struct one final : io::pollable {
    rejected_clients* among = nullptr;
    io::linger_clock clock{0};
    std::uint64_t turn = 0;
  };
  struct look_timer final : io::timer {
    explicit look_timer(rejected_clients& p) noexcept;
    rejected_clients& of;
  };
  void close(one& c) noexcept;
  void read(one& c) noexcept;
  void look() noexcept;

  io::loop& loop_;
  counter& lingering_;
  look_timer look_;
  std::array<one, most> all_;
  std::size_t size_ = 0;
  std::uint64_t turns_ = 0;
};

}  // namespace waggle::proxy
