// One request and its answer on a connection to a client, where waggle is the server. An exchange gets values (pieces of the request's
// body) and hands over values (heads of answers, pieces of their bodies): how a protocol reads, writes and frames them, and which socket
// is behind it, is known here alone. What there is to say is decided above (exchange/). This is HTTP/1's; docs/decisions/0012 says how
// another one comes beside it.
// Many functions: they are the verbs that exchanges have for this end, and nearly all are of one line.
#pragma once

#include "decision/reuse.hpp"
#include "decision/step.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/spool.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "io/waiter.hpp"
#include "middleware/step.hpp"
#include "stream/body_piece.hpp"
#include "stream/client_output.hpp"
#include "stream/client_watch.hpp"
#include "stream/final_head.hpp"
#include "stream/request_body.hpp"
#include "worker/client_connection.hpp"
#include "worker/worker.hpp"

#include <waggle/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class client_stream;

class server_stream {
 public:
  /// What a connection gives to the stream of one of its requests; exchanges pass it on unseen.
  struct end {
    client_connection& owner;
    io::stream& socket;
    io::buffer& received;  ///< … and not used yet
  };
  /// What the head says of the rest.
  struct request_shape {
    http1::framing body;
    bool http10 = false;
    bool keep_alive = false;       ///< another request may follow on this connection
    bool said_last = false;        ///< its client said that none does
    bool expect_continue = false;  ///< the body waits to be asked for (RFC 9110 section 10.1.1)
  };

  /// @param waiter  of whoever it belongs to: an exchange's. It is used while a function here is awaited. All that is given outlives this.
  /// @param to_head  the request is HEAD: its answer has no body.
  server_stream(worker& w, const end& at, io::waiter& waiter, const timeouts& times, bool to_head) noexcept;
  server_stream(const server_stream&) = delete;
  void begin(const request_shape& shape) noexcept;

  // Waiting for it
  /// Readable, when there is more of the request's body; writable, when more of the answer is taken; broken: it is gone.
  io::readiness& readiness() noexcept { return socket_; }
  io::waiter& waiter() noexcept { return waiter_; }
  io::waiter::wait_awaiter wait(std::uint8_t bits, io::time_ms due) noexcept { return waiter_.wait(socket_, bits, due); }
  client_connection& owner() const noexcept { return owner_; }
  bool is_aborted() const noexcept { return owner_.is_aborted(); }
  bool ended_by_us() const noexcept { return owner_.is_aborted() || owner_.is_evicted(); }
  bool is_broken() const noexcept { return socket_.is_ready(io::broken); }
  bool gone() const noexcept { return is_aborted() || is_broken(); }

  // Has the client left while its request is worked on? (client_watch)
  void begin_watch(bool safe) noexcept { watch_.begin(safe); }
  void end_watch() noexcept { watch_.end(); }
  /// The client's end was reported. @return bits that nobody shall see: the request goes on without its client.
  std::uint8_t note_end(std::uint8_t bits) noexcept { return watch_.ended(bits); }
  void set_aborts(bool aborts) noexcept { watch_.set_aborts(aborts); }
  void note_begun() noexcept { watch_.note_begun(); }
  void note_sent(bool all) noexcept { watch_.note_sent(all); }
  void judge_client(bool sent) noexcept { watch_.judge(sent); }
  bool has_left() const noexcept { return watch_.gone(); }
  bool may_repeat() const noexcept { return watch_.may_repeat(); }

  // The request's body
  /// @return moved, wait_read, or a fault (client_gone, bad_request_body).
  step read_body(body_piece& out) { return body_.read(out); }
  /// Past user space (splice.hpp): it is worth it, and nothing of it is in memory.
  bool may_splice_body() const noexcept;
  /// What came last had been taken out of a pipe (exchange::give_back_pipes), and is out.
  void end_spliced() noexcept { body_.end_spliced(); }
  /// Bytes that arrived with the head, if the length is known.
  io::buffer take_early() { return body_.take_early(); }
  bool is_body_read() const noexcept { return body_.is_read(); }            ///< to its end
  bool is_body_sized() const noexcept { return body_.is_sized(); }          ///< its length is known
  std::uint64_t body_length() const noexcept { return body_.length(); }     ///< if it is
  std::uint64_t body_left() const noexcept { return body_.left(); }         ///< … still to be read
  std::uint64_t body_bytes() const noexcept { return body_.bytes(); }       ///< read so far
  bool is_body_held_back() const noexcept { return body_.is_held_back(); }  ///< its client waits to be told to send it
  void end_hold_back() noexcept { body_.no_more_held_back(); }
  void note_body_wanted() noexcept { watch_.note_byte(); }  ///< its time begins
  io::time_ms last_body_byte() const noexcept { return watch_.last_byte(); }
  /// "100 Continue", unless it does not wait any more. @return false: the client is gone.
  bool say_continue();
  /// … sent whole, while no server is there. @return nothing, or client_gone.
  io::task<fault> await_continue();
  /// The answer is out but the request is not in: reads on for a moment. @return true: to its end, so the connection can be kept.
  io::task<bool> drain();

  // The answer's head
  /// Not passed on where the client does not know these, or has had this one. @return moved, or a fault.
  step send_informational(const http::answer& head);
  /// Decides how the answer is framed, and whether the connection may be kept. @param body_streamed  body bytes of the request went out to
  /// its server.
  void shape_answer(const http::answer& head, bool body_streamed) noexcept;
  /// Its body's end is shown when it comes, or its length is told, whatever its server did.
  void set_streamed(bool streamed) noexcept { chunked_ = streamed; }
  /// Its end can be shown so. (HTTP/1.0: only by the connection's.)
  bool may_stream() const noexcept { return !http10_; }
  bool may_have_trailers() const noexcept { return chunked_; }
  /// Goes out with the first of what follows it, before the next suspension. @return false: it does not fit.
  bool compose(const final_head& f);
  bool head_waits() const noexcept { return composed_ > 0; }
  /// Some byte of a final answer went out.
  bool head_sent() const noexcept { return out_.head_sent(); }

  // Its body
  /// @param data  with the room of a body_piece. @param ended  these are the last. @param trailers  lines that follow then: "name: value" and a line's end each.
  /// @return false: the client is gone.
  bool send_body(char* data, std::size_t size, bool ended, std::string trailers);
  /// Where a body may be made that goes to send_body() at once.
  std::span<char> body_room() noexcept;
  bool may_splice() const noexcept { return socket_.may_splice(); }
  /// Sends what was kept. @return done, wait_write, or stopped: the client is gone.
  progress flush() { return out_.flush(); }
  bool all_sent() const noexcept { return out_.empty(); }
  /// What a pipe holds for the client goes to memory, if nothing is kept.
  void take_from(io::pipe& pipe) { out_.take_from(pipe); }
  /// The composed head waits until the body is whole; send_held() then.
  void hold_head();
  /// … and says how long that is.
  void tell_held_length(std::uint64_t size);
  /// Head and body. @return done, moved, wait_write, or client_gone.
  step send_held(const io::spool& body);
  /// After a composed 101: what follows is another protocol (stream/tunnel.hpp). @param rest  bytes of it. @return false: the client is gone.
  bool switch_protocols(std::string_view rest);

  // Whole answers, and the end
  /// An answer of waggle's own, whole. @param doubt  the request could not be read: nobody knows where the next one begins.
  /// @return what becomes of the connection.
  io::task<client_fate> send_own(middleware::local_answer answer, bool doubt, access::record* record);
  /// An answer was cut: what has arrived goes out, and then it must look cut. @param download  what is left in it goes first.
  /// @return reset or linger.
  io::task<client_fate> end_cut(io::pipe& download);
  /// What becomes of the connection once the answer is out. @param read  all of the request was.
  client_fate fate(bool read, bool doubt) const noexcept;
  /// What was begun would look whole if the connection just ended.
  bool must_reset() const noexcept { return must_reset_; }

 private:
  friend io::pipe::progress splice_request_body(server_stream& from, client_stream& to, io::pipe& through);
  friend io::pipe::progress splice_answer_body(client_stream& from, server_stream& to, io::pipe& through);
  friend io::task<void> tunnel(worker& w, server_stream& client, client_stream& server, io::pipe& download);

  /// An answer's head that waits for its body.
  struct held_head {
    std::string text;
    std::uint64_t sent = 0;  ///< of head and body
  };
  void begin_answer() noexcept;
  io::task<bool> send_rest(io::pipe& download);
  io::task<void> wait_sent();

  worker& w_;
  client_connection& owner_;
  io::stream& socket_;
  io::waiter& waiter_;
  const timeouts& times_;
  client_output out_;
  client_watch watch_;
  request_body body_;
  std::unique_ptr<held_head> held_;
  std::size_t composed_ = 0;                             ///< bytes of a head in the output scratch
  http::body_kind answer_body_ = http::body_kind::none;  ///< as its server sends it
  const bool to_head_;
  bool http10_ = false;
  bool keep_alive_ = false, said_last_ = false;
  bool continued_ = false;  ///< it was told to go on with the body, as the server had not said so
  bool chunked_ = false;
  bool switched_ = false;
  bool must_reset_ = false;
};

}  // namespace waggle::proxy
