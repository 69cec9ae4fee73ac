#include "stream/client_watch.hpp"

namespace waggle::proxy {

client_watch::client_watch(io::loop& l, io::stream& client, client_output& out) noexcept : loop_(l), client_(client), out_(out) {}

void client_watch::begin(bool safe) noexcept {
  known_.safe = safe;
  known_.last_byte = loop_.now();
  watching_ = true;
  if (!client_.is_ready(io::peer_closed | io::broken)) return;
  client_.bits &= static_cast<std::uint8_t>(~ended(client_.bits));
}

void client_watch::end() noexcept {
  watching_ = false;
  timer_.cancel();
}

std::uint8_t client_watch::ended(std::uint8_t bits) noexcept {
  if (!watching_ || !(bits & (io::peer_closed | io::broken))) return 0;
  const io::time_ms now = loop_.now();
  if (known_.left_at == 0) {
    known_.left_at = now;
    loop_.arm(timer_, now + look_after(0));
  }
  if (!(bits & io::broken)) return 0;
  known_.gone = true;
  if (!known_.goes_on()) {
    timer_.cancel();
    return 0;
  }
  loop_.arm(timer_, now + leaving::longest_alone);
  return io::broken;
}

void client_watch::judge(bool sent) noexcept {
  note_sent(sent);
  if (known_.gone && !known_.goes_on()) client_.bits |= io::broken;
}

void client_watch::look() {
  if (!watching_ || !client_.is_open()) return;
  if (known_.gone) {  // long enough
    client_.report(io::broken);
    return;
  }
  const bool deaf = known_.looks > leaving::looks_until_deaf && client_.is_unacknowledged(leaving::deaf);
  if (!deaf) out_.probe();  // its failure is reported as the connection's
  ++known_.looks;
  loop_.arm(timer_, look_after(known_.looks) == io::never ? io::never : loop_.now() + look_after(known_.looks));
  if (!deaf) return;
  const std::uint8_t hidden = ended(io::broken);
  if (!(hidden & io::broken)) client_.report(io::broken);
}

}  // namespace waggle::proxy
