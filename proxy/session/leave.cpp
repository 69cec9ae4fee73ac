// Finding out whether a client that has ended its side is still there: it is sent the next byte that it gets anyway. A socket
// that was closed answers with a reset, one that was half-closed takes it as the beginning of its answer.
#include "session/leaving.hpp"

#include "session/session.hpp"

#include <utility>

namespace waggle::proxy {

session::own_stream::own_stream(session& s) noexcept : io::stream(s.w_.loop), of(s) {
  on_end = [](io::stream& self, std::uint8_t ended) { return static_cast<own_stream&>(self).of.peer_ended(ended); };
}

session::look_timer::look_timer(session& s) noexcept
    : io::timer([](io::timer& self) { static_cast<look_timer&>(self).of.look_for_client(); }), of(s) {}

/// A request begins. Its client may have ended its side already.
void session::begin_watch(exchange& x, bool safe) noexcept {
  leaving_ = {};
  leaving_.safe = safe;
  leaving_.last_byte = w_.loop.now();
  current_ = &x;
  if (!client_.is_ready(io::peer_closed | io::broken)) return;
  client_.bits &= static_cast<std::uint8_t>(~peer_ended(client_.bits));
}

void session::end_watch() noexcept {
  current_ = nullptr;
  look_.cancel();
}

/// @param bits  of the stream, as reported now. @return those that nobody shall see: the request goes on without its client.
std::uint8_t session::peer_ended(std::uint8_t bits) noexcept {
  if (!current_ || !(bits & (io::peer_closed | io::broken))) return 0;
  const io::time_ms now = w_.loop.now();
  if (leaving_.left_at == 0) {
    leaving_.left_at = now;
    w_.loop.arm(look_, now + look_after(0));
  }
  if (!(bits & io::broken)) return 0;
  leaving_.gone = true;
  note_sent(*current_);
  if (!leaving_.goes_on()) {
    look_.cancel();
    return 0;
  }
  w_.loop.arm(look_, now + leaving::longest_alone);
  return io::broken;
}

void session::note_sent(const exchange& x) noexcept { leaving_.sent = leaving_.begun && (x.upload_complete() || x.upload_broken); }

/// The request has come further: is there still a reason to go on without a client?
void session::judge_leaving(const exchange& x) noexcept {
  note_sent(x);
  if (leaving_.gone && !leaving_.goes_on()) client_.bits |= io::broken;
}

/// One more byte of what the client gets in any case. @return false: none can be sent now.
bool session::probe_client(const exchange& x) noexcept {
  if (leaving_.speaking || !x.to_client.empty() || !client_.is_ready(io::writable)) return false;
  if (!x.head_sent) {
    if (leaving_.ahead == leaving::opening.size()) return false;
    if (client_.write(&leaving::opening[leaving_.ahead], 1).status == io::io_status::ok) ++leaving_.ahead;
    return true;
  }
  if (!x.answer_chunked_out || x.at != exchange::stage::body || leaving_.zeros == leaving::most_zeros) return false;
  if (client_.write("0", 1).status == io::io_status::ok) ++leaving_.zeros;
  return true;
}

void session::look_for_client() {
  if (!current_ || aborted_) return;
  if (leaving_.gone) {  // long enough
    client_.report(io::broken);
    return;
  }
  const bool deaf = leaving_.looks > leaving::looks_until_deaf && client_.is_unacknowledged(leaving::deaf);
  if (!deaf) probe_client(*current_);  // its failure is reported as the connection's
  ++leaving_.looks;
  w_.loop.arm(look_, look_after(leaving_.looks) == io::never ? io::never : w_.loop.now() + look_after(leaving_.looks));
  if (!deaf) return;
  const std::uint8_t hidden = peer_ended(io::broken);
  if (!(hidden & io::broken)) client_.report(io::broken);
}

/// Bytes of the status line that is about to be sent which are out already.
std::size_t session::take_ahead() noexcept { return std::exchange(leaving_.ahead, std::uint8_t{0}); }

}  // namespace waggle::proxy
