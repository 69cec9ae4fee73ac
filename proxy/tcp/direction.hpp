// One direction of a relayed connection: bytes are copied through the worker's scratch memory, and spliced while they come thick. What the
// other side does not take is kept, 64 KiB at most, and reading stops. Nothing is held while nothing moves.
#pragma once

#include "decision/step.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/stream.hpp"
#include "tcp/ends.hpp"
#include "worker/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace waggle::proxy::tcp {

/// Thread: the worker's.
class direction {
 public:
  static constexpr std::size_t thick_read = 32 * 1024;  ///< so much at once, twice in a row: splicing pays (measured)
  static constexpr std::size_t thin_move = 16 * 1024;   ///< less: it does not any more
  static constexpr std::uint8_t thick_reads = 2;

  /// One step: at most a scratch buffer or a pipe full. @return moved: call again; wait_read, wait_write: what for; done: nothing more comes
  /// or nobody would hear it, and all that was read was passed on or is lost.
  progress step(worker& w, io::stream& from, ends::side& source, io::stream& to, ends::side& target);
  /// To be sent before all else. Before the first step.
  void begin_with(io::buffer bytes) noexcept { rest_ = std::move(bytes); }
  /// What is read and not sent goes to memory.
  void give_back_pipe(io::buffer_pool& memory) { pipe_.give_back(memory, rest_); }
  bool is_empty() const noexcept { return rest_.empty() && pipe_.held() == 0; }
  std::uint64_t passed() const noexcept { return passed_; }
  /// Of the last step.
  std::size_t moved() const noexcept { return moved_; }
  bool sent_any() const noexcept { return sent_; }

 private:
  progress flush(io::stream& to, ends::side& target);
  progress copy(worker& w, io::stream& from, ends::side& source, io::stream& to, ends::side& target);
  progress splice(io::stream& from, ends::side& source, io::stream& to, ends::side& target);
  progress end(io::stream& to, ends::side& source) noexcept;
  progress lose(ends::side& target, int error) noexcept;

  io::buffer rest_;
  io::pipe pipe_;
  std::uint64_t passed_ = 0;
  std::uint32_t moved_ = 0;
  std::uint8_t thick_ = 0;
  bool sent_ = false;
};

}  // namespace waggle::proxy::tcp
