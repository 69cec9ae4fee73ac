// How much memory the process may take (its cgroup's limit) and takes, and what follows for connections. No sockets.
#pragma once

#include <cstddef>
#include <string>

namespace waggle::proxy {

/// The smallest limit of the own cgroup and those above it, in bytes; 0 if there is none. cgroup v2 and v1.
/// @param mounted  where the hierarchies are; @param self  proc(5): /proc/self/cgroup.
std::size_t memory_limit(const std::string& mounted = "/sys/fs/cgroup", const std::string& self = "/proc/self/cgroup");

/// Bytes of the own cgroup that cannot be taken back, with those of its sockets (cgroup v2: memory.stat); 0: unknown.
std::size_t group_memory(const std::string& mounted = "/sys/fs/cgroup", const std::string& self = "/proc/self/cgroup");

/// Resident bytes of the process (proc(5): /proc/self/statm); 0 if the kernel does not tell.
std::size_t resident_memory();

enum class pressure {
  none,
  tight,  ///< from 80 % on: nobody new for a moment
  full    ///< from 90 % on: who waits for a request goes, who comes gets 503
};
/// @param held  bytes that connections hold; @param room  what is left for them; 0: no limit.
constexpr pressure pressure_of(std::size_t held, std::size_t room) noexcept {
  if (room == 0 || held < room / 10 * 8) return pressure::none;
  return held < room / 10 * 9 ? pressure::tight : pressure::full;
}

}  // namespace waggle::proxy
