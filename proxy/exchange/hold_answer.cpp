// Answers of backends with buffering of answers: held back until they are complete and within their limit.
#include "exchange/download.hpp"

#include <string>

namespace waggle::proxy {

/// Its end is told by its length, whatever its server sent: no trailers.
void download::hold_next(const middleware::buffering& how, client_stream& from) {
  held_ = std::make_unique<held_answer>(how, store_.place());
  to_.set_chunked(false);
  announced_.clear();
  from.keep_trailers(nullptr);
}

step download::hold(client_stream& from, std::string_view head, std::span<char> here) {
  held_->head = head;
  at_ = stage::body;
  return pass(from, 0, here);
}

step download::hold_bytes(client_stream& from, std::string_view bytes, bool ended) {
  if (held_->body.size() + bytes.size() > store_.longest(held_->how.max_response)) {
    store_.complain("buffering: the answer's body is larger than maxResponseBodyBytes, or without it --buffering.maxBodyBytes");
    return fault_kind::response_too_large;
  }
  if (const fault why = store_.outcome_of(held_->body.append(bytes), "an answer's body")) return why;
  if (!ended) return progress::moved;
  if (from.body().kind != http1::body_kind::length)
    held_->head.insert(held_->head.size() - 2, "Content-Length: " + std::to_string(held_->body.size()) + "\r\n");
  at_ = stage::held;
  return progress::moved;
}

step download::send_held() {
  held_answer& h = *held_;
  if (!to_.socket.is_ready(io::writable)) return progress::wait_write;
  if (!to_.out.head_sent()) h.sent = to_.out.take_ahead();
  to_.out.begin_body(false);
  const io::io_result r = h.sent < h.head.size() ? to_.socket.write(h.head.data() + h.sent, h.head.size() - h.sent, h.body.size() > 0)
                                                 : h.body.send(to_.socket, h.sent - h.head.size());
  if (r.status == io::io_status::error) return fault_kind::client_gone;
  h.sent += r.bytes;
  w_.count.bytes_out.add(r.bytes);
  if (r.bytes > 0) progress_ = w_.loop.now();
  if (h.sent < h.head.size() + h.body.size()) return r.bytes > 0 ? progress::moved : progress::wait_write;
  at_ = stage::done;
  return progress::done;
}

io::spool* download::unwritten() const noexcept {
  if (!held_ || !(held_->body.is_behind() || (at_ == stage::held && held_->body.writing()))) return nullptr;
  return &held_->body;
}

}  // namespace waggle::proxy
