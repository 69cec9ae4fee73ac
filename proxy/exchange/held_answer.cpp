#include "exchange/held_answer.hpp"

namespace waggle::proxy {

fault held_answer::add(std::string_view bytes, bool ended, bool tell_length) {
  if (body_.size() + bytes.size() > store_.longest(how_.max_response)) {
    store_.complain("buffering: the answer's body is larger than maxResponseBodyBytes, or without it --buffering.maxBodyBytes");
    return fault_kind::response_too_large;
  }
  if (const fault why = store_.outcome_of(body_.append(bytes), "an answer's body")) return why;
  if (ended && tell_length) head_.insert(head_.size() - 2, "Content-Length: " + std::to_string(body_.size()) + "\r\n");
  return {};
}

step held_answer::send(server_stream& to, counter& bytes_out) {
  if (!to.socket.is_ready(io::writable)) return progress::wait_write;
  if (!to.out.head_sent()) sent_ = to.out.take_ahead();
  to.out.begin_body(false);
  const io::io_result r = sent_ < head_.size() ? to.socket.write(head_.data() + sent_, head_.size() - sent_, body_.size() > 0)
                                               : body_.send(to.socket, sent_ - head_.size());
  if (r.status == io::io_status::error) return fault_kind::client_gone;
  sent_ += r.bytes;
  bytes_out.add(r.bytes);
  if (sent_ == head_.size() + body_.size()) return progress::done;
  return r.bytes > 0 ? progress::moved : progress::wait_write;
}

}  // namespace waggle::proxy
