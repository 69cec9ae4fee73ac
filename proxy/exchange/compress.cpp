// Answers gzipped on their way to the client, where the entry point asks for it (Traefik 1.7 section 8.7). What has come is
// passed on at once: nothing waits in the compressor for more.
#include "exchange/download.hpp"

#include "http1/encoding.hpp"

namespace waggle::proxy {

void download::choose_encoding(const incoming& in, const http1::framing& body, bool held, std::string_view here) {
  describes_ = false;
  const http1::response_head& head = w_.scratch.response;
  if (!in.accepts_gzip || in.http10 || head.status == 101) return;
  if (in.to_head || head.status == 304) {
    if (!held) describes_ = http1::describes_compressed(head, in.holds_identity);  // GET gets those as they are
    return;
  }
  if (!may_compress(head, body, here)) return;
  gzip_ = w_.compressors.take();
  if (gzip_) to_.set_chunked(true);
}

/// `payload` is body bytes without framing, `head` bytes of a composed head wait in the output scratch.
/// @param flush  no more is here yet.
bool download::send_compressed(std::size_t head, std::string_view payload, bool flush, bool ended) {
  // The output scratch behind the head, and behind room for the chunk's size line.
  constexpr std::size_t room = scratch::write_size - scratch::head_room - http1::chunk_header_room - 8;
  char* const out = w_.scratch.output.data() + scratch::head_room + http1::chunk_header_room;
  const io::gzip::upto how = ended ? io::gzip::upto::end : flush ? io::gzip::upto::now : io::gzip::upto::whenever;
  for (;;) {
    const std::size_t n = gzip_.step(payload, out, room, how);
    const bool last = n < room, at_end = last && ended;
    if (at_end) gzip_.release();
    if (!to_.send_body(head, out, n, at_end, at_end ? trailers.to_send() : std::string())) return false;
    if (last) return true;
    head = 0;
  }
}

}  // namespace waggle::proxy
