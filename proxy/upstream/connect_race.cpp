#include "upstream/connect_race.hpp"

#include <algorithm>
#include <utility>

namespace waggle::proxy::upstream {
namespace {

using kind = connect_race::action::kind;

constexpr io::time_ms longest_gap = 500;

/// Between the asking of one and the next: 100, 200, 300 … 500 ms.
constexpr io::time_ms gap(unsigned asks) noexcept { return std::min<io::time_ms>(connect_race::hedge_after * (asks + 1), longest_gap); }

}  // namespace

connect_race::connect_race(int first, io::time_ms now, io::time_ms over_at, bool others, bool insists) noexcept
    : begun_(now), over_at_(over_at), ask_at_(now + hedge_after), others_(others), insists_(insists) {
  tries_[0] = one{true, false, first, now};
}

connect_race::action connect_race::next(io::time_ms now) noexcept {
  if (now < over_at_ && std::exchange(all_left_, false)) return ask_another(now);
  if (open_count() == 0) return {kind::all_failed};
  if (now >= over_at_) return {kind::time_over};
  io::time_ms until = over_at_;
  for (const one& t : tries_) {
    if (!t.open || t.counted) continue;
    if (now >= t.begun + slow_after) {
      const int server = t.server;
      count(server);
      return {kind::note_slow, 0, server};
    }
    until = std::min(until, t.begun + slow_after);
  }
  if (now >= ask_at_) {
    if (const action a = ask(now); a.what != kind::wait) return a;
  }
  return {kind::wait, 0, -1, std::min(until, ask_at_)};
}

connect_race::action connect_race::ask_another(io::time_ms now) noexcept {
  ask_at_ = now + gap(++asks_);
  return {kind::ask_other};
}

/// It is time for one more, if there is a sense in it.
connect_race::action connect_race::ask(io::time_ms now) noexcept {
  const bool slow = now >= begun_ + slow_after;
  if (others_ && (!insists_ || slow)) {
    if (open_count() < (slow ? most_tries : most_at_first)) {
      return ask_another(now);
    }
    ask_at_ = slow ? io::never : begun_ + slow_after;
    return {kind::wait};
  }
  if (repeats_ < most_repeats && asks_one_server()) {
    // Two sockets at a time to one server: the second makes room for the third.
    const auto first = std::find_if(tries_.begin(), tries_.end(), [](const one& t) { return t.open; });
    const auto second = std::find_if(first + 1, tries_.end(), [](const one& t) { return t.open; });
    if (second != tries_.end()) {
      second->open = false;
      return {kind::drop, static_cast<std::size_t>(second - tries_.begin()), second->server};
    }
    ++repeats_;
    ask_at_ = now + gap(++asks_);
    return {kind::ask_again, 0, first->server};
  }
  ask_at_ = others_ && insists_ ? begun_ + slow_after : io::never;
  return {kind::wait};
}

std::size_t connect_race::opened(int server, io::time_ms now) noexcept {
  const auto free = std::find_if(tries_.begin(), tries_.end(), [](const one& t) { return !t.open; });
  const bool counted = std::any_of(tries_.begin(), tries_.end(), [&](const one& t) { return t.open && t.server == server && t.counted; });
  *free = one{true, counted, server, now};
  return static_cast<std::size_t>(free - tries_.begin());
}

bool connect_race::failed(std::size_t slot, io::time_ms now) noexcept {
  one& t = tries_[slot];
  const bool counts = !t.counted && is_only_socket(slot);
  t.open = false;
  // Who is left has been silent so far: the next one is asked at once.
  if (others_ && !insists_) ask_at_ = std::min(ask_at_, now);
  return counts;
}

bool connect_race::lost(std::size_t slot, std::size_t winner, io::time_ms now) const noexcept {
  const one& t = tries_[slot];
  return !t.counted && t.server != tries_[winner].server && is_only_socket(slot) && now >= t.begun + hedge_after;
}

bool connect_race::expired(std::size_t slot) noexcept {
  one& t = tries_[slot];
  const bool counts = !t.counted && is_only_socket(slot);
  t.open = false;
  return counts;
}

void connect_race::look_again(io::time_ms now) noexcept {
  others_ = true;
  ask_at_ = std::min(ask_at_, std::max(now, begun_ + hedge_after));
}

void connect_race::renumber(std::size_t slot, int server) noexcept {
  tries_[slot].server = server;
  if (server >= 0 || !tries_[slot].open) return;
  tries_[slot].open = false;
  all_left_ = open_count() == 0;
}

std::size_t connect_race::open_count() const noexcept {
  return static_cast<std::size_t>(std::count_if(tries_.begin(), tries_.end(), [](const one& t) { return t.open; }));
}

/// Two sockets to one server that hang are one failure.
bool connect_race::is_only_socket(std::size_t slot) const noexcept {
  for (std::size_t i = 0; i < tries_.size(); ++i)
    if (i != slot && tries_[i].open && tries_[i].server == tries_[slot].server) return false;
  return true;
}

bool connect_race::asks_one_server() const noexcept {
  int server = -1;
  for (const one& t : tries_) {
    if (!t.open) continue;
    if (server >= 0 && t.server != server) return false;
    server = t.server;
  }
  return server >= 0;
}

void connect_race::count(int server) noexcept {
  for (one& t : tries_)
    if (t.open && t.server == server) t.counted = true;
}

}  // namespace waggle::proxy::upstream
