// Connections of one worker that wait for their clients, by kind, and which of them goes when connections, descriptors or memory
// get scarce: there are no clocks by default that would end them. Lists in the connections themselves. No I/O.
#pragma once

#include "io/timer_wheel.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace waggle::proxy {

/// What a client owes. In the order in which they give way.
enum class wait_kind : std::uint8_t {
  idle,      ///< nothing: it may send a request
  dawdling,  ///< the rest of a PROXY header or of a head, or to read our last words
  stalled,   ///< the rest of a body, or to read its answer
  quiet      ///< nothing, nor does its server: a tunnel, or an answer that goes on some time (events)
};
inline constexpr std::size_t wait_kinds = 4;

enum class scarcity : std::uint8_t {
  pressed,  ///< nine tenths are taken
  full
};

/// One that waits. Derive from it; it must have left before it goes.
struct waiting_link {
  waiting_link *later = nullptr, *earlier = nullptr;
  io::time_ms since = 0, quiet_since = 0;
  std::uint64_t moved = 0;  ///< bytes, when `since` was set
  wait_kind kind = wait_kind::idle;
};

class waiting_lists {
 public:
  static constexpr io::time_ms grace = 1'000;  ///< of a connection without a request, while others have begun theirs long ago
  /// A client that stalls goes only after this long without progress worth the name.
  static constexpr io::time_ms patience_pressed = 30'000, patience_full = 1'000;
  /// Without a byte either way, and only if nobody else gives way: one client's idle tunnels must not be all that there is room for.
  static constexpr io::time_ms patience_quiet = 10'000;
  /// Progress: at least so many bytes. Less does not begin the time anew, or a byte a second would hold a connection for ever.
  static constexpr std::uint64_t progress = 64 * 1024;

  void enter(waiting_link& w, wait_kind kind, io::time_ms now) noexcept {
    if (kind == wait_kind::quiet) {  // how long its client has stalled before is another matter
      w.quiet_since = now;
      return insert(w, kind, nullptr);
    }
    w.since = now;
    w.moved = ~std::uint64_t{0};  // a transfer that stalls later has its own time
    insert(w, kind, nullptr);
  }
  /// @param moved  bytes that this client has sent and read since its request began.
  void enter_stalled(waiting_link& w, std::uint64_t moved, io::time_ms now) noexcept {
    if (w.since == 0 || moved < w.moved || moved - w.moved >= progress) {
      w.since = now;
      w.moved = moved;
    }
    waiting_link* const first = longest(wait_kind::stalled);
    insert(w, wait_kind::stalled, first && w.since <= first->since ? first : nullptr);
  }
  void leave(waiting_link& w) noexcept {
    list& l = of(w.kind);
    (w.earlier ? w.earlier->later : l.longest) = w.later;
    (w.later ? w.later->earlier : l.newest) = w.earlier;
    w.later = w.earlier = nullptr;
    --l.size;
  }

  /// Who goes first; null: nobody has waited long enough.
  waiting_link* victim(scarcity how, io::time_ms now) const noexcept {
    // Who has just come has had no time to ask: an older half of a head goes before it.
    waiting_link *const idle = longest(wait_kind::idle), *const half = longest(wait_kind::dawdling);
    if (idle && (!half || now - idle->since >= grace || idle->since <= half->since)) return idle;
    if (half) return half;
    waiting_link* const w = longest(wait_kind::stalled);
    const io::time_ms patience = how == scarcity::full ? patience_full : patience_pressed;
    if (w && now - w->since >= patience) return w;
    waiting_link* const q = longest(wait_kind::quiet);
    return how == scarcity::full && q && now - q->quiet_since >= patience_quiet ? q : nullptr;
  }
  waiting_link* longest(wait_kind k) const noexcept { return lists_[static_cast<std::size_t>(k)].longest; }
  std::size_t size(wait_kind k) const noexcept { return lists_[static_cast<std::size_t>(k)].size; }

 private:
  struct list {
    waiting_link *longest = nullptr, *newest = nullptr;
    std::size_t size = 0;
  };
  list& of(wait_kind k) noexcept { return lists_[static_cast<std::size_t>(k)]; }
  /// In front of `later`; null: behind all.
  void insert(waiting_link& w, wait_kind kind, waiting_link* later) noexcept {
    list& l = of(w.kind = kind);
    w.later = later;
    w.earlier = later ? later->earlier : l.newest;
    (w.earlier ? w.earlier->later : l.longest) = &w;
    (w.later ? w.later->earlier : l.newest) = &w;
    ++l.size;
  }
  std::array<list, wait_kinds> lists_;
};

}  // namespace waggle::proxy
