// Moving body bytes between two sockets without copying them through user space (splice(2)). Pipes are pooled per worker:
// two descriptors and up to 256 KiB of kernel memory each, so never one per connection.
#pragma once

#include "io/buffer_pool.hpp"
#include "io/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace waggle::proxy::io {

class pipe_pool;

/// A borrowed pipe. Goes back to the pool if it is empty, else it is closed: nobody may see another's bytes.
class pipe {
 public:
  pipe() noexcept = default;
  pipe(pipe&& o) noexcept
      : pool_(std::exchange(o.pool_, nullptr)),
        read_(std::exchange(o.read_, -1)),
        write_(std::exchange(o.write_, -1)),
        held_(std::exchange(o.held_, 0)) {}
  pipe& operator=(pipe&& o) noexcept {
    std::swap(pool_, o.pool_);
    std::swap(read_, o.read_);
    std::swap(write_, o.write_);
    std::swap(held_, o.held_);
    return *this;
  }
  ~pipe() { release(); }
  explicit operator bool() const noexcept { return read_ >= 0; }
  std::size_t held() const noexcept { return held_; }  ///< bytes taken in and not yet given out
  void release() noexcept;

  enum class state : std::uint8_t { moved, wait_read, wait_write, eof, read_error, write_error };
  struct progress {
    pipe::state state;
    std::size_t in = 0, out = 0;
  };
  /// One step: fills the pipe from `from` if it is empty (at most `left` bytes), then empties it into `to`.
  progress move(stream& from, stream& to, std::uint64_t left) noexcept { return step(from, to, left, true); }
  /// The same where nobody knows how much will come: what is there goes out at once.
  progress pass(stream& from, stream& to) noexcept;
  /// Moves all that it holds to memory. @param to  empty, with room for held(). @return false: nothing can be read.
  bool drain(buffer& to) noexcept;
  /// Moves all that it holds to `to`, if that is empty, and goes back to its pool: what stalls must not keep it.
  void give_back(buffer_pool& memory, buffer& to);

 private:
  friend class pipe_pool;
  progress copy(stream& from, std::size_t most) noexcept;
  progress step(stream& from, stream& to, std::uint64_t left, bool announce) noexcept;
  pipe_pool* pool_ = nullptr;
  int read_ = -1, write_ = -1;
  std::size_t held_ = 0;
};

class pipe_pool {
 public:
  static constexpr std::size_t capacity = 256 * 1024, keep = 64;
  pipe_pool() = default;
  ~pipe_pool();
  pipe_pool(const pipe_pool&) = delete;
  pipe_pool& operator=(const pipe_pool&) = delete;
  /// An empty pipe, or an invalid one if the kernel gives none (then bytes are copied).
  pipe take() noexcept;
  bool has_idle() const noexcept { return !idle_.empty(); }
  /// Descriptors of its pipes, lent or idle.
  std::size_t descriptors() const noexcept { return 2 * open_; }
  std::size_t idle() const noexcept { return idle_.size(); }
  /// Closes the idle ones.
  void trim() noexcept;

 private:
  friend class pipe;
  struct ends {
    int read, write;
  };
  std::vector<ends> idle_;
  std::size_t open_ = 0;
};

}  // namespace waggle::proxy::io
