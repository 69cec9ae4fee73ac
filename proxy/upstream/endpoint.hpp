// One worker's runtime state of one server: idle connections, health as seen by this worker, counters. Hangs on the dense
// number (a task's identity), never on the address; closed for good when the server departs.
#pragma once

#include "io/stream.hpp"
#include "routing/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace waggle::proxy::upstream {

class endpoint;

/// A connection to a server: busy (owned by an exchange) or idle (in its endpoint's pool).
class connection final : public io::stream {
 public:
  connection(io::loop& l, endpoint& to);
  ~connection();
  endpoint& to() const noexcept { return to_; }
  std::uint32_t exchanges = 0;  ///< finished on it; above 0: a reused connection

 private:
  friend class endpoint;
  struct idle_timer final : io::timer {
    explicit idle_timer(connection& c) noexcept;
    connection& owner;
  };
  endpoint& to_;
  idle_timer idle_;
};

class endpoint {
 public:
  endpoint(io::loop& l, const routing::server& s) : loop_(l), id(s.id), key(s.key), name(s.name), url(s.url), address(s.address) {}
  ~endpoint();
  endpoint(const endpoint&) = delete;

  /// The idle connection used last, or null. What died while idle has been removed already.
  /// @param look  ask the kernel as well whether it ended or holds bytes: for requests that cannot be sent again.
  connection* take_idle(bool look = false) noexcept;
  /// The server sent bytes that nobody asked for: its connections are not used twice for a minute, since an answer that
  /// comes late could be taken for another's.
  void distrust() noexcept { no_reuse_until_ = loop_.now() + 60'000; }
  /// Gives a connection back after a complete exchange, or closes it (pool full, server departed, bytes waiting).
  void give_back(connection* c, io::time_ms idle_timeout, std::size_t pool_limit);
  /// Closes a connection that must not be used again.
  void discard(connection* c) noexcept;
  void close_idle() noexcept;

  /// Passive health: consecutive connects that fail hold a server down 1 s, 2 s, … 60 s; then one request a second may probe
  /// it until one gets through.
  static constexpr std::uint32_t failures_to_hold = 3;
  void note_success() noexcept {
    failures_in_a_row = holds_ = 0;
    down_until = held_until_ = 0;
  }
  /// @return true: held down from now on.
  bool note_connect_failure(io::time_ms now) noexcept;
  /// A request is about to try it: others keep away from a server that is being probed.
  void note_pick(io::time_ms now) noexcept {
    if (failures_in_a_row >= failures_to_hold && down_until < now + probe_time) down_until = now + probe_time;
  }
  /// For people. @param what  a static text.
  void note_trouble(const char* what, io::time_ms now) noexcept {
    trouble = what;
    trouble_at = now;
  }
  bool usable(io::time_ms now) const noexcept { return down_until <= now; }
  static constexpr io::time_ms probe_time = 1'000;
  /// Is this errno of connect(2) the server's doing? Not if we are out of ports, descriptors or memory.
  static bool is_its_fault(int error) noexcept;

  void retain() noexcept { ++users_; }
  void release() noexcept;
  /// The server left the table: no new use; freed with its last user.
  void depart() noexcept;

 private:
  io::loop& loop_;
  std::vector<connection*> idle_;
  std::uint32_t users_ = 1;  ///< the registry, each connection, each exchange that picked it
  bool departed_ = false;
  io::time_ms no_reuse_until_ = 0;
  io::time_ms held_until_ = 0;  ///< by failures alone; down_until is also moved by probes
  std::uint32_t holds_ = 0;     ///< in a row
  friend class connection;
  void remove_idle(connection* c) noexcept;

 public:
  const routing::dense_id id;
  const base::shared_text key, name, url;
  const io::socket_address address;
  std::uint32_t failures_in_a_row = 0;
  io::time_ms down_until = 0;
  const char* trouble = nullptr;  ///< the last one, and when
  io::time_ms trouble_at = 0;
  std::uint32_t turn_credit = 0;  ///< of slow start, see balance/slow_start.hpp
  std::uint64_t requests = 0, failures = 0, active = 0, connects = 0, connect_failures = 0;
  std::uint64_t errors = 0, took_ms = 0, bytes_in = 0, bytes_out = 0;  ///< errors: answers from 500 on
  std::size_t idle_count() const noexcept { return idle_.size(); }
};

}  // namespace waggle::proxy::upstream
