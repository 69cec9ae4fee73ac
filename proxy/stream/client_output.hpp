// Bytes on their way to a client: what a short write leaves over is kept and goes first. Knows what the next byte will be in any
// case, by which a client that has ended its side can be probed (stream/client_watch.hpp).
#pragma once

#include "decision/step.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/stream.hpp"
#include "worker/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class client_output {
 public:
  /// Every status line of waggle begins so: its first bytes can be sent before the rest is known.
  static constexpr std::string_view opening = "HTTP/1.1 ";
  static constexpr std::uint8_t most_zeros = 4;  ///< a chunk's size may have leading zeros (RFC 9112 section 7.1); parsers allow 16 digits

  client_output(worker& w, io::stream& to) noexcept : w_(w), to_(to) {}

  /// `head` bytes of the worker's output scratch, then the payload; what the socket does not take is kept.
  /// @return false: the client is gone.
  bool send(std::size_t head, const char* payload, std::size_t size);
  /// Sends what is kept. @return done, wait_write, or stopped: the client is gone.
  progress flush();
  /// Sends from `from` what the socket takes, and shortens it. @return as flush().
  progress flush(io::buffer& from);
  bool empty() const noexcept { return left_.empty(); }
  io::buffer take_left() noexcept { return std::move(left_); }
  /// What a pipe holds for the client goes to memory, if nothing is kept.
  void take_from(io::pipe& pipe) { pipe.give_back(w_.buffers, left_); }
  void keep(std::string_view bytes);

  // What comes next
  /// A line of our own goes out, no byte may come between.
  void speak(bool now) noexcept { speaking_ = now; }
  /// Bytes of the status line that is about to be sent which are out already.
  std::size_t take_ahead() noexcept;
  /// A final head goes out; behind it, chunks or not.
  void begin_body(bool in_chunks) noexcept {
    head_sent_ = true;
    chunks_open_ = in_chunks;
  }
  void end_body() noexcept { chunks_open_ = false; }
  bool head_sent() const noexcept { return head_sent_; }
  /// Sends one more byte of what the client gets in any case, if there is one that can be sent now.
  void probe() noexcept;

 private:
  worker& w_;
  io::stream& to_;
  io::buffer left_;
  std::uint8_t ahead_ = 0;  ///< bytes of the next status line that are out
  std::uint8_t zeros_ = 0;  ///< … of the next chunk's size
  bool speaking_ = false;
  bool head_sent_ = false;  ///< some byte of a final answer went to the client
  bool chunks_open_ = false;
};

}  // namespace waggle::proxy
