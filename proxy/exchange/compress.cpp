// Answers gzipped on their way to the client, where the entry point asks for it (Traefik 1.7 section 8.7). What has come is
// passed on at once: nothing waits in the compressor for more.
#include "exchange/download.hpp"

#include <waggle/http/encoding.hpp>

#include <span>
#include <string>

namespace waggle::proxy {

void download::choose_encoding(const incoming& in, const http::answer& head, bool held, const client_stream& from) {
  describes_ = false;
  if (!in.accepts_gzip || !to_.may_stream() || head.status == 101) return;
  if (in.to_head || head.status == 304) {
    if (!held) describes_ = http::describes_compressed(head.status, head.fields, in.holds_identity);  // GET gets those as they are
    return;
  }
  if (from.body_is_below(http::least_compressed) || !http::may_compress(head.status, head.fields)) return;
  gzip_ = w_.compressors.take();
  if (gzip_) to_.set_streamed(true);
}

/// @param flush  no more is here yet.
bool download::send_compressed(std::string_view payload, bool flush, bool ended) {
  const std::span<char> room = to_.body_room();
  const io::gzip::upto how = ended ? io::gzip::upto::end : flush ? io::gzip::upto::now : io::gzip::upto::whenever;
  for (;;) {
    const std::size_t n = gzip_.step(payload, room.data(), room.size(), how);
    const bool last = n < room.size(), at_end = last && ended;
    if (at_end) gzip_.release();
    if (!to_.send_body(room.data(), n, at_end, at_end ? trailers.to_send() : std::string())) return false;
    if (last) return true;
  }
}

}  // namespace waggle::proxy
