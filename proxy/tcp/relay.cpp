// Bytes both ways until both directions have ended, and what ends them.
#include "tcp/connection.hpp"

#include <algorithm>
#include <new>
#include <string>
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
    counted_ = false;
    budget_ += std::max(static_cast<std::uint32_t>(up_.moved() + down_.moved()), step_cost);
    if (up_.sent_any()) server_watch_.note_sent(now);
    if (down_.sent_any()) client_watch_.note_sent(now);
  }
  if (over_ || (now >= end_at_ && !begin_goodbye(now))) {
    note_end(end_reason::drained);  // else it is known why it is over
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
  note_end(end_reason::drained);
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
  looks_again_ = false;
  if (closing_ && !said_goodbye_ && down_.is_empty()) {
    said_goodbye_ = true;
    client_.shutdown_write();
  }
  if (ends_.client.ended || ends_.server.ended) {
    if (!to_.is_half_closed()) server_ended_first_ = !ends_.client.ended;
    to_.half_close();
  }
  if (ends_.judge() == ends::verdict::cut) note_cut();
  if (ends_.hurried() && !std::exchange(hurried_, true)) moved_at_ = now;
  switch (ends_.judge()) {
    case ends::verdict::relay: return turn::again;
    case ends::verdict::finished:
      note_end(server_ended_first_ ? end_reason::server_closed : end_reason::client_closed);
      finish(true);
      return turn::over;
    case ends::verdict::cut: break;
  }
  if (is_last_word_out() || now >= moved_at_ + hurry) {
    finish(false);
    return turn::over;
  }
  if (up_now_ == progress::moved || down_now_ == progress::moved || look_at_broken()) return turn::again;
  looks_again_ = true;
  return turn::wait;
}

/// A side that nobody reads at the moment may be gone as well. @return true: something has turned out.
bool connection::look_at_broken() noexcept {
  const auto look = [](io::stream& s, ends::side& of, bool& known) {
    if (known || !s.is_ready(io::broken)) return false;
    known = true;  // else it has ended both ways, and that is known
    if (const int error = s.connect_error(); error != 0) ends::lost_bytes(of, error);
    return true;
  };
  const bool client = look(client_, ends_.client, client_broken_), server = look(server_, ends_.server, server_broken_);
  return client || server;
}

/// One side, or what is said to it, is lost.
void connection::note_cut() noexcept {
  using enum access::connection_end;
  const bool client = ends_.client.gone || (ends_.client.deaf && !ends_.server.gone);
  const bool silent = client ? ends_.client.silent : ends_.server.silent;
  note_end(client ? (silent ? client_silent : client_reset) : (silent ? server_silent : server_reset));
}

/// @return false: it has lasted too long, or a peer does not answer any more.
bool connection::look_at_clocks(io::time_ms now) {
  using enum access::connection_end;
  const auto end_by = [this](access::connection_end why) {
    note_end(why);
    return false;
  };
  if (hurried_ && now >= moved_at_ + hurry) {
    note_cut();
    return false;
  }
  if (idle_ms_ != 0 && now >= moved_at_ + idle_ms_) return end_by(idle);
  if (half_closed_ms_ != 0 && to_.is_half_closed() && now >= moved_at_ + half_closed_ms_) return end_by(half_closed);
  if (now >= client_watch_.look_at && !client_watch_.look(client_, now, user_timeout())) return end_by(client_silent);
  if (now >= server_watch_.look_at && !server_watch_.look(server_, now, user_timeout())) return end_by(server_silent);
  return true;
}

io::time_ms connection::due() const noexcept {
  io::time_ms out = std::min({end_at_, client_watch_.look_at, server_watch_.look_at});
  if (looks_again_) out = std::min(out, w_.loop.now() + word_look);
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

void connection::count_traffic(bool all) noexcept {
  if (!to_ || (counted_ && !all)) return;
  segment_facts facts;
  if (!read_segments(client_.fd, facts)) return;
  counted_ = true;
  facts.fin_received = facts.fin_received || ends_.client.ended;
  const segment_count n = counted_segments_.advance(facts, ipv6_);
  const auto add = [&n](auto& to) {
    to.packets_in += n.packets_in;
    to.packets_out += n.packets_out;
    to.bytes_in += n.bytes_in;
    to.bytes_out += n.bytes_out;
  };
  add(*to_->layer4);
  if (traffic_) add(*traffic_);
}

std::size_t connection::describe(layer4_connection& out) const {
  if (traffic_) out.service = traffic_->key;
  out.client = io::text_of(from_);
  out.client_port = from_port_;
  out.server = to_->address.text();
  out.half_closed = to_.is_half_closed();
  const io::time_ms limit = std::min(idle_ms_ != 0 ? idle_ms_ : io::never, out.half_closed && half_closed_ms_ != 0 ? half_closed_ms_ : io::never);
  if (limit != io::never) {
    const io::time_ms now = w_.loop.now(), until = moved_at_ + limit;
    out.expires_in = std::chrono::seconds(until > now ? (until - now) / 1'000 : 0);
  }
  return entry_;
}

/// A connection whose client never said a word is somebody's check, unless it was waggle that ended it.
void connection::write_log() noexcept {
  if (!record_) return;
  access::connection_record& r = *record_;
  r.bytes_in = up_.passed() + r.first_bytes;
  r.bytes_out = down_.passed();
  r.end = end_;
  const bool ended_by_others = end_ <= end_reason::server_silent;
  if (r.bytes_in > 0 || !ended_by_others) try {
      const std::string client = io::text_of(from_);
      r.client_ip = client;
      r.client_port = from_port_;
      r.entry_point = w_.entries[entry_].name;
      w_.access->finish(r);
    } catch (const std::bad_alloc&) {  // a line less
    }
  record_.reset();
}

/// @param clean  both sides have ended; else both see a reset.
void connection::finish(bool clean) noexcept {
  write_log();
  if (client_.is_open()) {
    count_traffic(true);
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
