#include "upstream/endpoint.hpp"

#include <algorithm>
#include <cerrno>

namespace waggle::proxy::upstream {
namespace {

constexpr io::time_ms first_hold = 1'000, longest_hold = 60'000;

}  // namespace

connection::idle_timer::idle_timer(connection& c) noexcept
    : timer([](io::timer& t) {
        connection& self = static_cast<idle_timer&>(t).owner;
        self.to_.idle_time.survived(self.to_.loop_.now() - self.idle_since, self.to_.loop_.now());
        self.to_.remove_idle(&self);
        self.to_.discard(&self);
      }),
      owner(c) {}

connection::connection(io::loop& l, endpoint& to) : stream(l), to_(to), idle_(*this) { to.retain(); }
connection::~connection() { to_.release(); }

endpoint::~endpoint() { close_idle(); }

owned_connection endpoint::take_idle(bool once) noexcept {
  while (!idle_.empty()) {
    const io::time_ms age = loop_.now() - idle_.back()->idle_since;
    if (once && !idle_time.is_safe(age)) return nullptr;  // the others have been idle for longer
    owned_connection c(idle_.back());
    idle_.pop_back();
    c->on_idle = nullptr;
    c->first = false;
    c->idle_.cancel();
    c->idle_for = age;
    if (!once || c->is_quiet()) return c;
    if (c->has_bytes()) disable_reuse();
    else idle_time.closed_after(age, loop_.now());
  }
  return nullptr;
}

/// After an exchange: no byte and no end that nobody asked for (RFC 9112 §9.2: no guessing at response splitting).
bool endpoint::is_clean(connection& c) noexcept {
  c.watch.look_at = io::never;
  if (c.watch.put_off()) return false;  // its limit is put off still: rare, and not worth more than a new connection
  if (c.exchanges > 1) idle_time.survived(c.idle_for, loop_.now());
  if (c.is_ready(io::readable) && !c.is_ready(io::peer_closed | io::broken)) {
    // A read that took exactly what was there could not see that it was all: one look tells.
    if (c.has_bytes()) disable_reuse();
    else c.bits &= static_cast<std::uint8_t>(~io::readable);
  }
  return !departed_ && no_reuse_until_ <= loop_.now() && c.is_open() && !c.is_ready(io::readable | io::peer_closed | io::broken);
}

void endpoint::give_back(owned_connection c, io::time_ms idle_timeout, std::size_t pool_limit) {
  ++c->exchanges;
  if (c->bound || !is_clean(*c) || idle_.size() >= pool_limit) return;
  idle_.push_back(c.get());
  connection* const idle = c.release();
  idle->on_idle = [](io::stream& s) {
    auto& self = static_cast<connection&>(s);
    const io::time_ms now = self.to_.loop_.now();
    if (self.has_bytes()) self.to_.disable_reuse();
    else self.to_.idle_time.closed_after(now - self.idle_since, now);
    self.to_.remove_idle(&self);
    self.to_.discard(&self);
  };
  idle->first = true;
  idle->idle_since = loop_.now();
  loop_.arm(idle->idle_, loop_.now() + idle_timeout);
}

bool endpoint::keep(connection& c) noexcept {
  ++c.exchanges;
  if (!is_clean(c)) return false;
  c.on_idle = [](io::stream& s) {  // its owner finds it closed
    auto& self = static_cast<connection&>(s);
    if (self.has_bytes()) self.to_.disable_reuse();
    self.close();
  };
  c.first = true;
  c.idle_since = loop_.now();
  c.kept_next_ = kept_;
  c.kept_previous_ = &kept_;
  if (kept_) kept_->kept_previous_ = &c.kept_next_;
  kept_ = &c;
  return true;
}

bool endpoint::resume(connection& c, bool look) noexcept {
  forget_kept(c);
  c.idle_for = loop_.now() - c.idle_since;
  if (!c.is_open() || departed_ || no_reuse_until_ > loop_.now()) return false;
  if (!look || c.is_quiet()) return true;
  if (c.has_bytes()) disable_reuse();
  return false;
}

void endpoint::forget_kept(connection& c) noexcept {
  c.on_idle = nullptr;
  c.first = false;
  if (!c.kept_previous_) return;
  *c.kept_previous_ = c.kept_next_;
  if (c.kept_next_) c.kept_next_->kept_previous_ = c.kept_previous_;
  c.kept_next_ = nullptr;
  c.kept_previous_ = nullptr;
}

void endpoint::discard(connection* c) noexcept {
  forget_kept(*c);
  c->idle_.cancel();
  c->close();
  loop_.delete_later(c);  // events of the running batch may still name it
}

void endpoint::remove_idle(connection* c) noexcept {
  if (const auto it = std::find(idle_.begin(), idle_.end(), c); it != idle_.end()) idle_.erase(it);
}

void endpoint::close_idle() noexcept {
  std::vector<connection*> all;
  all.swap(idle_);
  for (connection* const c : all) discard(c);
}

bool endpoint::note_connect_failure(io::time_ms now) noexcept {
  ++connect_failures;
  if (failures_in_a_row < failures_to_hold && ++failures_in_a_row < failures_to_hold) return false;
  // Attempts that were under way when it was held down say nothing new: a burst of them is one failure, not many.
  if (held_until_ > now) return false;
  held_until_ = now + std::min(first_hold << std::min(holds_, 6u), longest_hold);
  down_until = std::max(down_until, held_until_);
  return ++holds_ == 1;
}

bool endpoint::is_its_fault(int error) noexcept {
  return error != EADDRNOTAVAIL && error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM && error != EAGAIN;
}

void endpoint::release() noexcept {
  if (--users_ == 0) loop_.delete_later(this);
}

void endpoint::depart() noexcept {
  departed_ = true;
  close_idle();
  for (connection* c = kept_; c; c = c->kept_next_) c->close();
  release();
}

}  // namespace waggle::proxy::upstream
