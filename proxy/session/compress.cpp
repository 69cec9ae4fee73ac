// Answers gzipped on their way to the client, where the entry point asks for it (Traefik 1.7 section 8.7). What has come is
// passed on at once: nothing waits in the compressor for more.
#include "session/session.hpp"

#include "http1/encoding.hpp"
#include "http1/trailers.hpp"

#include <cstring>

namespace waggle::proxy {

/// Before the answer's head is composed.
void session::choose_encoding(exchange& x, std::string_view here) {
  x.describes_gzip = false;
  if (!x.accepts_gzip || x.http10 || x.tunnel) return;
  if (x.to_head || x.status == 304) {
    const middleware::buffering* const held = x.route->chain.buffering.get();
    if (held && held->holds_answers()) return;  // GET gets those as they are
    x.describes_gzip = http1::describes_compressed(w_.scratch.response, x.holds_identity);
    return;
  }
  if (!may_compress(w_.scratch.response, x.answer, here)) return;
  x.gzip = w_.compressors.take();
  if (x.gzip) x.answer_chunked_out = true;
}

/// As the end of answer_body: `payload` is body bytes without framing, `prefix` bytes of head wait in the output scratch.
/// @param flush  no more is here yet.
bool session::send_gzipped(exchange& x, std::size_t prefix, std::string_view payload, bool flush, bool ended) {
  // The output scratch behind the head, and behind room for the chunk's size line.
  constexpr std::size_t room = scratch::write_size - scratch::head_room - http1::chunk_header_room - 8;
  char* const out = w_.scratch.output.data() + scratch::head_room + http1::chunk_header_room;
  const io::gzip::upto how = ended ? io::gzip::upto::end : flush ? io::gzip::upto::now : io::gzip::upto::whenever;
  for (;;) {
    const std::size_t n = x.gzip.step(payload, out, room, how);
    const bool last = n < room;
    char *begin = out, *end = out + n;
    if (n > 0) {
      begin = http1::write_chunk_header_before(out, n);
      std::memcpy(end, "\r\n", 2);
      end += 2;
    }
    if (last && ended) {
      std::memcpy(end, "0\r\n\r\n", 5);
      end += x.trailers.empty() ? 5 : 3;
      x.gzip.release();
    }
    const std::size_t size = static_cast<std::size_t>(end - begin);
    if (prefix + size > 0 && !send_to_client(x, prefix, begin, size)) return false;
    if (last) return true;
    prefix = 0;
  }
}

}  // namespace waggle::proxy
