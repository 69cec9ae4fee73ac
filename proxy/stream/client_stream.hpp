// One request and its answer on an HTTP/1 connection to a server, where waggle is the client: the request's text is sent, the answer's
// heads are found and its body is taken out of its framing. Remembers what went over the connection, by which it is decided whether it
// may be used again.
#pragma once

#include "decision/reuse.hpp"
#include "decision/step.hpp"
#include "http1/chunked.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "upstream/endpoint.hpp"
#include "worker/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class client_stream {
 public:
  /// Body bytes without their framing, at the beginning of what was given.
  struct decoded {
    std::size_t size = 0;
    bool ended = false;   ///< the body is whole
    bool broken = false;  ///< what follows is not as Transfer-Encoding: chunked says
  };

  explicit client_stream(worker& w) noexcept : w_(w) {}
  client_stream(const client_stream&) = delete;

  // The connection
  explicit operator bool() const noexcept { return static_cast<bool>(on_); }
  upstream::connection& connection() const noexcept { return *on_; }
  void take(upstream::owned_connection c) noexcept {
    on_ = std::move(c);
    reuse_ = {.bound = on_ && on_->bound};  // nothing of the one before holds for it
  }
  /// The exchange is done with it. @param request_sent  all of the request, as its framing says.
  /// @return what may become of it; what was left of the attempt is put away.
  std::pair<upstream::owned_connection, server_fate> release(bool request_sent) noexcept;

  // The request
  /// Begins an attempt: `head` bytes of the output scratch, and the body bytes behind it. @param login  it authenticates the connection.
  /// @return nothing, or that the connection is dead.
  fault send_head(std::size_t head, std::string_view body, bool login);
  /// What is not taken at once is kept. @return false: the server takes no more.
  bool send(const char* data, std::size_t size);
  /// Sends what is kept. @return done, wait_write, or stopped.
  progress flush();
  bool all_sent() const noexcept { return out_.empty(); }
  /// What a pipe holds for the server goes to memory, if nothing is kept.
  void take_from(io::pipe& pipe) { pipe.give_back(w_.buffers, out_); }

  // The answer's heads
  /// @return moved: `bytes` may hold a head, with room for a chunk's header in front; empty: not yet. wait_read; or a fault.
  step read_head(std::span<char>& bytes);
  /// Takes a head off the front of them. @return done: it is in scratch; moved: it is not whole yet, and kept; or a fault.
  step next_head(std::span<char>& bytes);
  /// An informational answer was read. @return false: they come faster than anybody has something to tell.
  bool may_inform(io::time_ms now) noexcept;
  bool has_answered() const noexcept { return any_byte_; }
  /// The final head was read.
  void begin_body(const http1::response_facts& facts, unsigned status) noexcept;
  /// @param where  lines behind a chunked body go; null: nowhere.
  void keep_trailers(std::string* where) noexcept { decoder_.keep_trailers(where); }
  /// The answer will not be read on. @param size  bytes that came with its head.
  void withhold(std::size_t size) noexcept { note_withheld(reuse_, body_, size); }

  // Its body
  const http1::framing& body() const noexcept { return body_; }
  std::uint64_t body_left() const noexcept { return left_; }  ///< length framing: bytes still to come
  /// Raw bytes into the input scratch. @return moved, wait_read, or stopped: the server has ended the connection (ended_cleanly).
  progress read_body(std::span<char>& bytes);
  bool ended_cleanly() const noexcept { return clean_end_; }
  /// Takes the framing off; payload is moved to the front.
  decoded decode(std::span<char> bytes);
  /// So many bytes of it went past user space.
  void note_spliced(std::size_t bytes) noexcept;
  /// No byte follows. @return the fault that it is before the body began.
  fault note_ended() noexcept;

 private:
  worker& w_;
  upstream::owned_connection on_;
  server_side reuse_;
  io::buffer out_;           ///< what a short write left over
  io::buffer partial_head_;  ///< of an answer head that came in pieces
  http1::framing body_;
  http1::chunk_decoder decoder_;
  std::uint64_t left_ = 0;
  unsigned interim_ = 0;  ///< informational answers that were not forgiven yet
  io::time_ms interim_from_ = 0;
  bool any_byte_ = false;
  bool line_ended_ = false;
  bool clean_end_ = false;
};

}  // namespace waggle::proxy
