// Bytes both ways until both directions have ended, and what ends them.
#include "tcp/connection.hpp"
#include "tcp/segment_count.hpp"

#include <algorithm>
#include <utility>

namespace waggle::proxy::tcp {
namespace {

constexpr io::time_ms hurry = 1'000;        // for what one side still gets when the other is gone
constexpr io::time_ms word_look = 8;        // until the next look whether it has
constexpr std::uint32_t step_cost = 8'192;  // of a step that moves less: many small ones are a turn as well

}  // namespace

connection::turn connection::relay_once() {
  up_now_ = up_.step(w_, client_, ends_.client, server_, ends_.server);
  down_now_ = down_.step(w_, server_, ends_.server, client_, ends_.client);
  const io::time_ms now = w_.loop.now();
  if (up_.moved() > 0 || down_.moved() > 0) {
    moved_at_ = now;
    budget_ += std::max(static_cast<std::uint32_t>(up_.moved() + down_.moved()), step_cost);
    if (up_.sent_any()) server_watch_.note_sent(now);
    if (down_.sent_any()) client_watch_.note_sent(now);
  }
  if (over_ || (now >= end_at_ && !begin_goodbye(now))) {
    finish(false);
    return turn::over;
  }
  if (const turn t = look_at_ends(now); t != turn::again) return t;
  if (up_now_ == progress::moved || down_now_ == progress::moved) return turn::again;
  if (look_at_broken()) return turn::again;
  if (!look_at_clocks(now)) {
    finish(false);
    return turn::over;
  }
  return turn::wait;
}

/// end_at() has come. To the client it looks as if its server had ended: it can end as well, and comes back to another one.
/// @return false: it has had its time for that.
bool connection::begin_goodbye(io::time_ms now) noexcept {
  if (std::exchange(closing_, true)) return false;
  end_at_ = now + hurry;
  ends_.server.ended = true;
  return true;
}

/// One side is gone. @return true: the other has got all that it gets.
bool connection::is_last_word_out() const noexcept {
  if (ends_.client.gone && ends_.server.gone) return true;
  const bool to_server = ends_.client.gone;
  if (to_server ? ends_.server.deaf : ends_.client.deaf) return true;
  return (to_server ? up_ : down_).is_empty() && !(to_server ? server_ : client_).has_unsent();
}

/// @return again: it goes on.
connection::turn connection::look_at_ends(io::time_ms now) {
  look_again_at_ = io::never;
  if (closing_ && !said_goodbye_ && down_.is_empty()) {
    said_goodbye_ = true;
    client_.shutdown_write();
  }
  if (ends_.client.ended || ends_.server.ended) to_.half_close();
  if (ends_.hurried() && !std::exchange(hurried_, true)) moved_at_ = now;
  switch (ends_.judge()) {
    case ends::verdict::relay: return turn::again;
    case ends::verdict::finished: finish(true); return turn::over;
    case ends::verdict::cut: break;
  }
  if (is_last_word_out() || now >= moved_at_ + hurry) {
    finish(false);
    return turn::over;
  }
  if (up_now_ == progress::moved || down_now_ == progress::moved || look_at_broken()) return turn::again;
  look_again_at_ = now + word_look;
  return turn::wait;
}

/// A side that nobody reads at the moment may be gone as well. @return true: something has turned out.
bool connection::look_at_broken() noexcept {
  const auto look = [](io::stream& s, ends::side& of, bool& known) {
    if (known || !s.is_ready(io::broken)) return false;
    known = true;  // else it has ended both ways, and that is known
    if (s.connect_error() != 0) ends::lost_bytes(of);
    return true;
  };
  const bool client = look(client_, ends_.client, client_broken_), server = look(server_, ends_.server, server_broken_);
  return client || server;
}

/// @return false: it has lasted too long, or a peer does not answer any more.
bool connection::look_at_clocks(io::time_ms now) {
  if (hurried_ && now >= moved_at_ + hurry) return false;
  if (idle_ms_ != 0 && now >= moved_at_ + idle_ms_) return false;
  if (half_closed_ms_ != 0 && to_.is_half_closed() && now >= moved_at_ + half_closed_ms_) return false;
  if (now >= client_watch_.look_at && !client_watch_.look(client_, now, user_timeout())) return false;
  return now < server_watch_.look_at || server_watch_.look(server_, now, user_timeout());
}

io::time_ms connection::due() const noexcept {
  io::time_ms out = std::min({end_at_, look_again_at_, client_watch_.look_at, server_watch_.look_at});
  if (hurried_) out = std::min(out, moved_at_ + hurry);
  if (idle_ms_ != 0) out = std::min(out, moved_at_ + idle_ms_);
  if (half_closed_ms_ != 0 && to_.is_half_closed()) out = std::min(out, moved_at_ + half_closed_ms_);
  return out;
}

std::uint8_t connection::interests(progress reading, progress writing, bool broken_known) noexcept {
  std::uint8_t out = broken_known ? 0 : io::broken;
  if (reading == progress::wait_read) out |= io::readable;
  if (writing == progress::wait_write) out |= io::writable;
  return out;
}

/// Who waits for its client, or for nobody, may be ended to make room.
void connection::begin_wait() noexcept {
  budget_ = 0;
  if (down_now_ == progress::wait_write) w_.waiting.enter_stalled(*this, up_.passed() + down_.passed(), w_.loop.now());
  else if (up_now_ != progress::wait_write) w_.waiting.enter(*this, wait_kind::quiet, w_.loop.now());
  else return;
  waits_ = true;
}

void connection::end_wait() noexcept {
  if (std::exchange(waits_, false)) w_.waiting.leave(*this);
}

void connection::count_traffic() noexcept {
  segment_facts facts;
  if (!to_ || !read_segments(client_.fd, facts)) return;
  facts.fin_received = ends_.client.ended;
  const segment_count n = count_segments(facts, ipv6_);
  const auto add = [&n](auto& to) {
    to.packets_in += n.packets_in;
    to.packets_out += n.packets_out;
    to.bytes_in += n.bytes_in;
    to.bytes_out += n.bytes_out;
  };
  add(*to_->layer4);
  if (traffic_) add(*traffic_);
}

/// @param clean  both sides have ended; else both see a reset.
void connection::finish(bool clean) noexcept {
  if (client_.is_open()) {
    count_traffic();
    if (up_.passed() == 0 && !over_) w_.count.tcp_checks.add();
  }
  w_.count.bytes_in.add(up_.passed());
  w_.count.bytes_out.add(down_.passed());
  if (to_) to_->layer4->leave(*this);
  to_.end();
  remembered_.end(w_.loop.now());
  if (traffic_) --traffic_->open;
  traffic_.reset();
  for (io::stream* const s : {&client_, &server_}) clean ? s->close() : s->reset();
}

}  // namespace waggle::proxy::tcp
