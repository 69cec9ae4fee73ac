// The request's body on its way to a server: as it comes, from memory that came with the head, or from where it is kept whole.
#pragma once

#include "decision/step.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class upload {
 public:
  upload(worker& w, server_stream& from) noexcept : w_(w), from_(from) {}
  upload(const upload&) = delete;

  /// Body bytes that came along with the head go out with it, in one send, and make the request repeatable if they are all.
  void take_early() { early_ = from_.take_early(); }
  std::string_view early() const noexcept { return early_.view(); }
  /// An attempt begins.
  void begin() noexcept { progress_ = w_.loop.now(); }
  /// … and has ended without an answer.
  void begin_again() noexcept {
    kept_sent_ = 0;
    broken_ = false;
  }
  /// Client → server. @return moved, wait_read, wait_write, done (for now), or a fault.
  step advance(client_stream& to);
  /// Everything of the request is with the server.
  bool is_complete(const client_stream& to) const noexcept {
    return from_.is_body_read() && to.all_sent() && !broken_ && (!kept_ || kept_sent_ == kept_->size());
  }
  /// The server takes no more of it; its answer may still come.
  bool is_broken() const noexcept { return broken_; }
  /// Bytes beyond early() went out: the request cannot be sent again.
  bool is_streamed() const noexcept { return streamed_; }
  bool is_bulk() const noexcept { return pipe_ || kept_; }
  io::time_ms progress_at() const noexcept { return std::max(progress_, from_.last_body_byte()); }
  /// Counts from now on.
  void note_progress() noexcept { progress_ = w_.loop.now(); }
  /// What is in its pipe goes to memory: the pipe serves others.
  void give_back_pipe(client_stream& to);

  // Kept whole (labels of buffering)
  io::spool* kept() const noexcept { return kept_.get(); }
  void keep(std::unique_ptr<io::spool> where) noexcept { kept_ = std::move(where); }
  void forget_kept() noexcept { kept_.reset(); }

 private:
  step splice(client_stream& to);
  step send_kept(client_stream& to);

  worker& w_;
  server_stream& from_;
  io::buffer early_;
  std::unique_ptr<io::spool> kept_;
  std::uint64_t kept_sent_ = 0;
  io::pipe pipe_;  ///< large bodies: spliced
  io::time_ms progress_ = 0;
  bool broken_ = false, streamed_ = false;
};

}  // namespace waggle::proxy
