#include "io/timer_wheel.hpp"

#include <bit>

namespace waggle::proxy::io {

void timer_wheel::link(timer& t, time_ms at) noexcept {
  t.unlink();
  time_ms ticks = (at + tick - 1) / tick;
  if (ticks <= last_) ticks = last_ + 1;
  if (ticks > last_ + slots - 1) ticks = last_ + slots - 1;
  const std::size_t slot = ticks % slots;
  t.slot_time_ = ticks;
  t.next_ = heads_[slot];
  t.previous_ = &heads_[slot];
  if (t.next_) t.next_->previous_ = &t.next_;
  heads_[slot] = &t;
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void timer_wheel::arm(timer& t, time_ms now, time_ms due) noexcept {
  if (last_ == 0) last_ = now / tick;
  t.due_ = due;
  if (due == never) return;
  if (t.previous_ && t.slot_time_ * tick <= due) return;  // its slot comes round early enough
  link(t, due);
}

void timer_wheel::advance(time_ms now) {
  const time_ms target = now / tick;
  std::size_t called = 0;
  if (last_ == 0) last_ = target;
  while (last_ < target) {
    // Jump over empty slots: only a full turn at most needs looking at.
    if (target - last_ > slots) last_ = target - slots;
    ++last_;
    const std::size_t slot = last_ % slots;
    if (!(occupied_[slot / 64] >> (slot % 64) & 1)) continue;
    occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    // Detach the list first: callbacks may link into this very slot again.
    timer* list = heads_[slot];
    heads_[slot] = nullptr;
    if (list) list->previous_ = &list;
    while (list) {
      timer& t = *list;
      t.unlink();
      if (t.due_ == never) continue;
      if (called == at_once) {  // behind those that have been called
        link(t, t.due_);
        continue;
      }
      if (t.due_ > now) {
        link(t, t.due_);
        continue;
      }
      t.due_ = never;
      ++called;
      t.on_due_(t);
    }
    if (called == at_once) return;
  }
}

time_ms timer_wheel::until_next(time_ms now) const noexcept {
  for (std::size_t step = 1; step <= slots;) {
    const std::size_t slot = (last_ + step) % slots;
    const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word == 0) {
      step += 64 - slot % 64;
      continue;
    }
    step += static_cast<std::size_t>(std::countr_zero(word));
    if (step > slots) break;
    const time_ms at = (last_ + step) * tick;
    return at > now ? at - now : 0;
  }
  return never;
}

}  // namespace waggle::proxy::io
