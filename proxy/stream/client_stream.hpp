// One request and its answer on a connection to a server, where waggle is the client. An exchange hands over values (a request, pieces of
// its body) and gets values (heads of answers, pieces of the body): how a protocol writes, reads and frames them, and which socket is
// behind it, is known here alone. This is HTTP/1's; docs/decisions/0012 says how another one comes beside it. Remembers what went over
// the connection, by which it is decided whether it may be used again.
// Many functions: they are the verbs that exchanges have for this end, and nearly all are of one line.
#pragma once

#include "decision/reuse.hpp"
#include "decision/step.hpp"
#include "http1/chunked.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "io/task.hpp"
#include "io/waiter.hpp"
#include "stream/body_piece.hpp"
#include "upstream/endpoint.hpp"
#include "worker/worker.hpp"

#include <waggle/http/forwarding.hpp>
#include <waggle/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class server_stream;

class client_stream {
 public:
  explicit client_stream(worker& w) noexcept : w_(w) {}
  client_stream(const client_stream&) = delete;

  // The connection
  explicit operator bool() const noexcept { return static_cast<bool>(on_); }
  void take(upstream::owned_connection c) noexcept {
    on_ = std::move(c);
    reuse_ = {.bound = on_ && on_->bound};  // nothing of the one before holds for it
  }
  /// The exchange is done with it. @param request_sent  all of the request, as its framing says.
  /// @return what may become of it; what was left of the attempt is put away.
  std::pair<upstream::owned_connection, server_fate> release(bool request_sent) noexcept;
  upstream::endpoint& to() const noexcept { return on_->to(); }
  /// How long the connection had been idle before this exchange.
  io::time_ms idle_for() const noexcept { return on_->idle_for; }
  /// For waits: readable, when there is more of an answer, or its end; writable, when more of the request is taken.
  io::readiness& readiness() const noexcept { return *on_; }
  // What has become of what was sent (upstream::connection)
  void note_sent(io::time_ms now) noexcept { on_->watch.note_sent(now); }
  io::time_ms look_due() const noexcept { return on_->watch.look_at; }
  bool look(io::time_ms now, unsigned limit_ms) noexcept { return on_->watch.look(*on_, now, limit_ms); }
  bool is_unacknowledged(io::time_ms ms) const noexcept { return on_->is_unacknowledged(ms); }
  bool has_unsent() const noexcept { return on_->has_unsent(); }

  // The request
  /// Begins an attempt. @param r  outlives it. @param early  bytes of its body that go along. @param login  it authenticates the connection.
  /// @return nothing, that the head does not fit, or that the connection is dead.
  fault send_request(const http::request& r, const http::next_hop& to, std::string_view early, bool login);
  /// What is not taken at once is kept. @return false: the server takes no more.
  bool send_body(const body_piece& piece);
  /// A body that is kept whole. @param sent  of it, which is moved on. @return done, moved, wait_write, or stopped: it takes no more.
  progress send_kept(const io::spool& body, std::uint64_t& sent);
  /// Sends what was kept of it. @return done, wait_write, or stopped.
  progress flush();
  bool all_sent() const noexcept { return out_.empty(); }
  /// What a pipe holds for the server goes to memory, if nothing is kept.
  void take_from(io::pipe& pipe) { pipe.give_back(w_.buffers, out_); }
  bool may_splice() const noexcept { return on_->may_splice(); }

  // The answer's heads
  /// @return done: there is one in `out`; moved: not yet, call again; wait_read; or a fault.
  step read_head(http::answer& out);
  /// Bytes behind the head that was read last are here.
  bool has_more() const noexcept { return !here_.empty(); }
  /// An informational answer was read. @return false: they come faster than anybody has something to tell.
  bool may_inform(io::time_ms now) noexcept;
  /// Some of an answer has come.
  bool has_answered() const noexcept { return any_byte_; }
  /// The answer will not be read on.
  void withhold() noexcept { note_withheld(reuse_, body_, here_.size()); }
  /// What came behind a 101: it is another protocol's.
  std::string_view take_rest() noexcept {
    const std::span<char> rest = std::exchange(here_, {});
    return {rest.data(), rest.size()};
  }

  // Its body
  /// There is none, or all of it is known to be below so many bytes.
  bool body_is_below(std::size_t size) const noexcept;
  /// @param where  lines of trailer fields go, "Name: value" and the line's end each; null: nowhere.
  void keep_trailers(std::string* where) noexcept { decoder_.keep_trailers(where); }
  bool is_body_sized() const noexcept { return body_.kind == http1::body_kind::length; }
  std::uint64_t body_left() const noexcept { return left_; }  ///< if it is sized: bytes still to come; else 0
  /// What came with its head, if anything.
  body_piece first_piece() { return decode(std::exchange(here_, {})); }
  /// @return moved, wait_read, or a fault: it was cut.
  step read_body(body_piece& out);

 private:
  friend io::pipe::progress splice_request_body(server_stream& from, client_stream& to, io::pipe& through);
  friend io::pipe::progress splice_answer_body(client_stream& from, server_stream& to, io::pipe& through);
  friend io::task<void> tunnel(worker& w, server_stream& client, client_stream& server, io::pipe& download);

  fault read();
  step examine(http::answer& out);
  body_piece decode(std::span<char> bytes);
  bool send(const char* data, std::size_t size);

  worker& w_;
  upstream::owned_connection on_;
  server_side reuse_;
  io::buffer out_;            ///< what a short write left over
  io::buffer partial_head_;   ///< of an answer head that came in pieces
  std::span<char> here_;      ///< received and not used yet, in the input scratch
  std::string_view upgrade_;  ///< protocols that the request asks for
  http1::framing body_;
  http1::chunk_decoder decoder_;
  std::uint64_t left_ = 0;
  unsigned interim_ = 0;  ///< informational answers that were not forgiven yet
  io::time_ms interim_from_ = 0;
  bool to_head_ = false;    ///< the request is HEAD: its answer has no body
  bool in_chunks_ = false;  ///< the request's body goes out so
  bool any_byte_ = false;
  bool line_ended_ = false;
};

}  // namespace waggle::proxy
