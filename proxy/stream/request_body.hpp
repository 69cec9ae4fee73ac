// A request's body as an HTTP/1 client sends it: decoded, its framing checked. What follows it stays with the connection.
#pragma once

#include "decision/step.hpp"
#include "http1/chunked.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/stream.hpp"
#include "stream/body_piece.hpp"
#include "stream/client_watch.hpp"
#include "worker/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace waggle::proxy {

class request_body {
 public:
  /// @param in  bytes of the connection that were received and not used yet; all that is given outlives this.
  request_body(worker& w, io::stream& from, io::buffer& in, client_watch& watch) noexcept : w_(w), from_(from), in_(in), watch_(watch) {}
  request_body(const request_body&) = delete;
  /// @param held_back  it waits to be asked for (RFC 9110 section 10.1.1).
  void begin(const http1::framing& framing, bool held_back) noexcept;

  /// @return moved, wait_read, or a fault (client_gone, bad_request_body).
  step read(body_piece& out);
  /// The same past user space; at its end is_read().
  io::pipe::progress splice(io::pipe& through, io::stream& to);
  /// What came last had been taken out of a pipe (exchange::give_back_pipes), and is out.
  void end_spliced() noexcept {
    if (is_sized() && left_ == 0) read_ = true;
  }
  /// Bytes that arrived with the head, if the length is known.
  io::buffer take_early();
  /// All that was received and not used yet: it is another protocol's (101).
  io::buffer take_received() noexcept { return std::move(in_); }
  void no_more_held_back() noexcept { held_back_ = false; }

  bool is_read() const noexcept { return read_; }            ///< to its end
  bool is_held_back() const noexcept { return held_back_; }  ///< its client waits to be told to send it
  bool is_sized() const noexcept { return framing_.kind == http1::body_kind::length; }
  bool is_in_memory() const noexcept { return !in_.empty(); }        ///< some of it was received
  std::uint64_t length() const noexcept { return framing_.length; }  ///< if it is sized
  std::uint64_t left() const noexcept { return left_; }              ///< … still to be read
  std::uint64_t bytes() const noexcept { return bytes_; }            ///< read so far, without framing

 private:
  worker& w_;
  io::stream& from_;
  io::buffer& in_;
  client_watch& watch_;
  http1::framing framing_;
  http1::chunk_decoder decoder_;
  std::uint64_t left_ = 0, bytes_ = 0;
  bool read_ = false, held_back_ = false;
};

}  // namespace waggle::proxy
