// What has become of bytes that were sent, as TCP_INFO tells it, and what it means: is the peer gone, or does it only not read?
// TCP_USER_TIMEOUT (RFC 5482) counts a shut window as death, even where every probe is answered (tcp(7), tcp_probe_timer); an
// application that pauses for seconds before it reads would be taken for an unplugged node. Pure.
#pragma once

#include <cstdint>

namespace waggle::proxy::io {

struct sending_state {
  std::uint32_t unacknowledged = 0;  ///< segments on their way
  std::uint32_t waiting = 0;         ///< bytes that the kernel holds back; looked for only where nothing is on its way
  std::uint32_t probes = 0;          ///< unanswered ones, of the window or of a silent peer
  std::uint32_t silent_ms = 0;       ///< since anything was acknowledged
};

enum class sending : std::uint8_t {
  done,     ///< all of it has arrived
  moving,   ///< something is on its way: if that is not acknowledged, the peer is gone
  held_up,  ///< the peer's window is shut: it does not read, and lives as long as it answers probes
  dead      ///< … which it does not
};

inline constexpr std::uint32_t most_probes = 2, most_silence_ms = 3'000;

constexpr sending judge(const sending_state& s) noexcept {
  if (s.unacknowledged > 0) return sending::moving;
  if (s.waiting == 0) return sending::done;
  return s.probes < most_probes || s.silent_ms < most_silence_ms ? sending::held_up : sending::dead;
}

/// Nothing of what was sent within the last `ms` has arrived, or the peer's node answers no probe.
constexpr bool is_unheard(const sending_state& s, std::uint64_t ms) noexcept {
  if (s.silent_ms < ms) return false;
  // A probe goes out after a second of silence: it must have had its time as well.
  return s.unacknowledged > 0 || (s.probes > 0 && s.silent_ms >= ms + 1'000);
}

/// TCP_USER_TIMEOUT while the window has been shut for `held_ms`: always some seconds more, since the kernel counts from the first
/// probe on. Without any the probes would come further and further apart, two minutes in the end, and a path that is cut behind a
/// shut window would be noticed as late; they are never further apart than what is left of this limit (Linux 5.11).
constexpr unsigned limit_while_held(std::uint64_t held_ms, unsigned limit_ms) noexcept {
  constexpr std::uint64_t most = 1u << 30;
  const std::uint64_t wanted = held_ms + limit_ms + 2'000;  // the looks are a second apart, and may be late
  return static_cast<unsigned>(wanted < most ? wanted : most);
}

}  // namespace waggle::proxy::io
