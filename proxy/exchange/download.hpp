// An answer on its way to the client: as it comes, compressed, or held until it is whole. Its head was read (exchange/answer.cpp).
#pragma once

#include "decision/step.hpp"
#include "exchange/body_store.hpp"
#include "exchange/held_answer.hpp"
#include "exchange/incoming.hpp"
#include "exchange/passed_trailers.hpp"
#include "io/gzip.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "middleware/buffering.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <waggle/http/message.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class download {
 public:
  enum class stage : std::uint8_t { head, body, held, done };

  download(worker& w, server_stream& to, body_store& store) noexcept : w_(w), to_(to), store_(store) {}
  download(const download&) = delete;

  /// An attempt begins.
  void begin() noexcept {
    at_ = stage::head;
    progress_at = w_.loop.now();
  }
  /// … and has ended without an answer. @param begun  one may have begun.
  void begin_again(bool begun) noexcept;
  stage at() const noexcept { return at_; }

  // With the answer's head
  /// Is the body to be compressed?
  void choose_encoding(const incoming& in, const http::answer& head, bool held, const client_stream& from);
  bool compresses() const noexcept { return static_cast<bool>(gzip_); }
  /// There is no body, but GET would get it compressed.
  bool describes_compressed() const noexcept { return describes_; }
  /// The body follows behind a composed head.
  step begin_body(client_stream& from);
  /// It is to be held until it is whole: its end is told by its length, whatever its server sent, so without trailers.
  void hold(const middleware::buffering& how, client_stream& from);
  /// What follows is another protocol (101).
  void finish() noexcept { at_ = stage::done; }

  /// Server → client, once the head was read. @return moved, wait_read, wait_write, done, or a fault.
  step advance(client_stream& from);
  /// What a short write left over. @return done: nothing; wait_write; or client_gone.
  step flush(client_stream& from);
  /// … of an answer that was cut: what is in the compressor, too. @return false: the client is gone.
  bool flush_compressor() { return !gzip_ || send_compressed({}, true, false); }
  io::pipe& pipe() noexcept { return pipe_; }
  /// What is in its pipe goes to memory: the pipe serves others.
  void give_back_pipe() { to_.take_from(pipe_); }

  const io::spool* held() const noexcept { return held_ ? &held_->body() : nullptr; }
  /// It waits for the disk before it can go on.
  io::spool* unwritten() const noexcept { return held_ ? held_->unwritten(at_ == stage::held) : nullptr; }
  bool is_bulk(const client_stream& from) const noexcept { return gzip_ || pipe_ || held_ || from.body_left() > scratch::read_size; }
  void note_progress() noexcept { progress_at = w_.loop.now(); }

  std::uint64_t bytes = 0;      ///< of the body, without framing
  io::time_ms progress_at = 0;  ///< when some of the answer last moved
  passed_trailers trailers;

 private:
  step pass(client_stream& from, const body_piece& got);
  step splice(client_stream& from);
  step add_held(client_stream& from, std::string_view more, bool ended);
  bool send_compressed(std::string_view payload, bool flush, bool ended);

  worker& w_;
  server_stream& to_;
  body_store& store_;
  stage at_ = stage::head;
  bool describes_ = false;
  io::gzip gzip_;  ///< set: the body goes through it
  io::pipe pipe_;  ///< large bodies: spliced
  std::unique_ptr<held_answer> held_;
};

}  // namespace waggle::proxy
