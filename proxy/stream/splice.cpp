#include "stream/splice.hpp"

namespace waggle::proxy {

io::pipe::progress splice_request_body(server_stream& from, client_stream& to, io::pipe& through) { return from.body_.splice(through, *to.on_); }

io::pipe::progress splice_answer_body(client_stream& from, server_stream& to, io::pipe& through) {
  const io::pipe::progress p = through.move(*from.on_, to.socket_, from.left_);
  from.left_ -= p.in;
  if (from.left_ == 0) from.reuse_.answer_ended = true;
  to.w_.count.bytes_out.add(p.out);
  return p;
}

}  // namespace waggle::proxy
