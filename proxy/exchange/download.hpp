// An answer on its way to the client: as it comes, compressed, or held until it is whole. Its head was read (exchange/answer.cpp).
#pragma once

#include "decision/step.hpp"
#include "exchange/body_store.hpp"
#include "exchange/incoming.hpp"
#include "io/gzip.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "middleware/buffering.hpp"
#include "stream/client_stream.hpp"
#include "stream/server_stream.hpp"
#include "worker/worker.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
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
    progress_ = w_.loop.now();
  }
  /// … and has ended without an answer. @param begun  one may have begun.
  void begin_again(bool begun) noexcept;
  stage at() const noexcept { return at_; }

  // With the answer's head in scratch
  /// Trailer lines may follow. @param wanted  the client takes them, announced or not (TE: trailers).
  void expect_trailers(client_stream& from, bool wanted);
  /// Is the body to be compressed? @param here  raw bytes of it that came with the head.
  void choose_encoding(const incoming& in, const http1::framing& body, bool held, std::string_view here);
  bool compresses() const noexcept { return static_cast<bool>(gzip_); }
  /// There is no body, but GET would get it compressed.
  bool describes_compressed() const noexcept { return describes_; }
  std::string_view announced() const noexcept { return announced_; }
  /// The body follows behind `head` bytes of a composed head. @param here  what came with it.
  step begin_body(client_stream& from, std::size_t head, std::span<char> here);
  /// … and is held until it is whole and within its limit; so is the composed head.
  step hold(client_stream& from, std::string_view head, std::span<char> here);
  /// Before its head is composed, if it is to be held.
  void hold_next(const middleware::buffering& how, client_stream& from);
  /// What follows is another protocol (101).
  void finish() noexcept { at_ = stage::done; }

  /// Server → client, once the head was read. @return moved, wait_read, wait_write, done, or a fault.
  step advance(client_stream& from);
  /// What a short write left over. @return done: nothing; wait_write; or client_gone.
  step flush(client_stream& from);
  /// … of an answer that was cut: what is in the compressor, too. @return false: the client is gone.
  bool flush_compressor() { return !gzip_ || send_compressed(0, {}, true, false); }
  io::pipe& pipe() noexcept { return pipe_; }
  void give_back_pipe();

  const io::spool* held() const noexcept { return held_ ? &held_->body : nullptr; }
  /// It waits for the disk before it can go on.
  io::spool* unwritten() const noexcept;
  bool is_bulk(const client_stream& from) const noexcept { return gzip_ || pipe_ || held_ || from.body_left() > scratch::read_size; }
  std::uint64_t bytes() const noexcept { return bytes_; }  ///< of the body, without framing
  void set_bytes(std::uint64_t n) noexcept { bytes_ = n; }
  io::time_ms progress_at() const noexcept { return progress_; }
  void note_progress() noexcept { progress_ = w_.loop.now(); }

 private:
  /// An answer that is kept back until it is complete.
  struct held_answer {
    held_answer(const middleware::buffering& b, io::spool::place place) : how(b), body(b.mem_response, std::move(place)) {}
    const middleware::buffering& how;  ///< of the route, which the exchange holds
    std::string head;
    io::spool body;
    std::uint64_t sent = 0;  ///< of head and body
  };
  step pass(client_stream& from, std::size_t head, std::span<char> bytes);
  step splice(client_stream& from);
  step ended(client_stream& from);
  step hold_bytes(client_stream& from, std::string_view bytes, bool ended);
  step send_held();
  bool send_compressed(std::size_t head, std::string_view payload, bool flush, bool ended);
  std::string trailer_lines() const;

  worker& w_;
  server_stream& to_;
  body_store& store_;
  stage at_ = stage::head;
  bool describes_ = false, wants_trailers_ = false;
  io::gzip gzip_;  ///< set: the body goes through it
  io::pipe pipe_;  ///< large bodies: spliced
  std::unique_ptr<held_answer> held_;
  std::string announced_;  ///< value of Trailer, if chunked trailers may follow
  std::string trailers_;   ///< trailer lines as received, when some were announced
  std::uint64_t bytes_ = 0;
  io::time_ms progress_ = 0;
};

}  // namespace waggle::proxy
