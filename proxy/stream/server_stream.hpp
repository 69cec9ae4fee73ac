// One request and its answer on an HTTP/1 connection to a client, where waggle is the server: the body is read and decoded here, the
// answer's head is composed and its body framed. What there is to say is decided above (exchange/). Memory for payloads has room for
// a chunk's header in front and 7 bytes behind (worker's scratch).
#pragma once

#include "decision/reuse.hpp"
#include "decision/step.hpp"
#include "http1/framing.hpp"
#include "io/buffer_pool.hpp"
#include "io/pipe.hpp"
#include "io/stream.hpp"
#include "io/task.hpp"
#include "middleware/step.hpp"
#include "stream/client_output.hpp"
#include "stream/client_watch.hpp"
#include "stream/final_head.hpp"
#include "stream/request_body.hpp"
#include "worker/client_connection.hpp"
#include "worker/worker.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace waggle::proxy {

class server_stream {
 public:
  /// What the head says of the rest.
  struct request_shape {
    http1::framing body;
    bool http10 = false;
    bool keep_alive = false;       ///< another request may follow on this connection
    bool said_last = false;        ///< its client said that none does
    bool expect_continue = false;  ///< the body waits to be asked for (RFC 9110 section 10.1.1)
  };
  /// What decides how an answer is framed, and whether the connection may be kept.
  struct answer_shape {
    http1::body_kind body = http1::body_kind::none;
    bool switched = false;       ///< 101
    bool server_closes = false;  ///< its server ends its own connection with it
    bool body_streamed = false;  ///< body bytes of the request went out to it
  };

  /// @param in  bytes of the connection that were received and not used yet; both outlive this.
  /// @param to_head  the request is HEAD: its answer has no body.
  server_stream(worker& w, client_connection& owner, io::stream& socket, io::buffer& in, const timeouts& times, bool to_head) noexcept;
  server_stream(const server_stream&) = delete;
  void begin(const request_shape& shape) noexcept;

  // The request
  /// The answer is out but the request is not in: reads on for a moment. @return true: to its end, so the connection can be kept.
  io::task<bool> drain();
  /// "100 Continue", unless it does not wait any more. @return false: the client is gone.
  bool say_continue();
  /// … sent whole, while no server is there. @return nothing, or client_gone.
  io::task<fault> await_continue();

  // The answer
  /// Not passed on where the client does not know these, or has had this one. @return moved, or a fault.
  step send_informational(const http1::response_head& head);
  void shape_answer(const answer_shape& shape) noexcept;
  /// Its end is shown by chunks, whatever its server sent.
  void set_chunked(bool chunked) noexcept { chunked_ = chunked; }
  bool is_chunked() const noexcept { return chunked_; }
  /// Into the output scratch. @param of  of the answer, as received. @return its size; 0: it does not fit.
  std::size_t compose(const final_head& f, const http1::framing& of);
  /// A composed head is about to go out. @param of  of the answer, as received.
  void begin_answer(const http1::framing& of, bool switched) noexcept;
  /// Framed body bytes behind `head` bytes of a composed head. @param ended  these are the last. @param trailers  lines that follow then.
  /// @return false: the client is gone.
  bool send_body(std::size_t head, char* payload, std::size_t size, bool ended, std::string_view trailers);
  /// An answer of waggle's own, whole. @param doubt  the request could not be read: nobody knows where the next one begins.
  /// @return what becomes of the connection.
  io::task<client_fate> send_own(middleware::local_answer answer, bool doubt, access::record* record);
  /// An answer was cut: what has arrived goes out, and then it must look cut. @param download  what is left in it goes first.
  io::task<client_fate> end_cut(http1::framing of, io::pipe& download);
  /// What was taken for the client goes out. @return false: it takes no more.
  io::task<bool> send_rest(io::pipe& download);
  /// Waits until the client's kernel has everything that was written, for a while.
  io::task<void> wait_sent();
  /// What becomes of the connection once the answer is out. @param read  all of the request was.
  client_fate fate(bool read, bool doubt) const noexcept;
  /// What was begun would look whole if the connection just ended.
  bool must_reset() const noexcept { return must_reset_; }

  // The client
  bool gone() const noexcept { return owner_.is_aborted() || socket.is_ready(io::broken); }
  bool ended_by_us() const noexcept { return owner_.is_aborted() || owner_.is_evicted(); }

  client_connection& owner() const noexcept { return owner_; }
  const timeouts& times;
  io::stream& socket;
  io::waiter waiter;
  client_output out;
  client_watch watch;
  request_body body;

 private:
  worker& w_;
  client_connection& owner_;
  const bool to_head_;
  bool http10_ = false;
  bool keep_alive_ = false, said_last_ = false;
  bool continued_ = false;  ///< it was told to go on with the body, as the server had not said so
  bool chunked_ = false;
  bool must_reset_ = false;
};

}  // namespace waggle::proxy
