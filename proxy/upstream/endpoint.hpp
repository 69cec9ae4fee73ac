// One worker's runtime state of one server: idle connections, health as seen by this worker, counters. Hangs on the dense
// number (a task's identity), never on the address; closed for good when the server departs.
#pragma once

#include "io/lease.hpp"
#include "io/peer_watch.hpp"
#include "io/stream.hpp"
#include "plan/backend.hpp"
#include "upstream/idle_allowance.hpp"
#include "upstream/layer4_state.hpp"
#include "upstream/recent_answers.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::proxy::upstream {

class endpoint;

/// A connection to a server: busy (owned by an exchange), idle (in its endpoint's pool), or kept for one client's connection.
class connection final : public io::stream {
 public:
  connection(io::loop& l, endpoint& to);
  ~connection();
  endpoint& to() const noexcept { return to_; }
  std::uint32_t exchanges = 0;  ///< finished on it; above 0: a reused connection
  bool bound = false;           ///< a login was made on it: never anybody else's (decision/reuse.hpp)
  io::time_ms idle_since = 0;   ///< when it came to the pool
  io::time_ms idle_for = 0;     ///< how long it had been there when it was taken

  io::peer_watch watch;

 private:
  friend class endpoint;
  struct idle_timer final : io::timer {
    explicit idle_timer(connection& c) noexcept;
    connection& owner;
  };
  endpoint& to_;
  idle_timer idle_;
  connection *kept_next_ = nullptr, **kept_previous_ = nullptr;  ///< the endpoint's list of those that are kept for clients
};

struct discard_connection {
  void operator()(connection* c) const noexcept;
};
/// Closed for good with its owner, unless it goes back to its endpoint.
using owned_connection = std::unique_ptr<connection, discard_connection>;

// Large: what one worker remembers of one server: pool, health, counts and layer 4's share of them, each a small value.
class endpoint {
 public:
  endpoint(io::loop& l, const plan::server& s) : loop_(l), id(s.id), key(s.key), name(s.name), url(s.url), address(s.address), internal(s.internal) {}
  ~endpoint();
  endpoint(const endpoint&) = delete;

  /// The idle connection used last, or null. What died while idle has been removed already.
  /// @param once  for a request that cannot be sent again: none that the server may be closing, and the kernel is asked as well
  /// whether it ended or holds bytes.
  owned_connection take_idle(bool once = false) noexcept;
  /// The server sent bytes that nobody asked for: its connections are not used twice for a minute, since an answer that
  /// comes late could be taken for another's.
  void disable_reuse() noexcept { no_reuse_until_ = loop_.now() + 60'000; }
  /// Gives a connection back after a complete exchange, or closes it (pool full, server departed, bytes waiting).
  void give_back(owned_connection c, io::time_ms idle_timeout, std::size_t pool_limit);
  /// A complete exchange went over it, and its owner keeps it: closed at once when the server departs, ends it or sends what
  /// nobody asked for. @return false: it must not be used again.
  bool keep(connection& c) noexcept;
  /// Its owner uses it again. @param look  ask the kernel whether it ended or holds bytes. @return false: it ended, or holds bytes.
  bool resume(connection& c, bool look) noexcept;
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
  void note_error(const char* what, io::time_ms now) noexcept {
    trouble = what;
    trouble_at = now;
  }
  bool usable(io::time_ms now) const noexcept { return down_until <= now; }
  static constexpr io::time_ms probe_time = 1'000;
  /// Is this errno of connect(2) the server's doing? Not if we are out of ports, descriptors or memory.
  static bool is_its_fault(int error) noexcept;

  void retain() noexcept { ++users_; }  // see io::lease
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
  connection* kept_ = nullptr;  ///< intrusive list: by their owners
  friend class connection;
  friend struct discard_connection;
  void discard(connection* c) noexcept;
  void remove_idle(connection* c) noexcept;
  static void forget_kept(connection& c) noexcept;
  bool is_clean(connection& c) noexcept;

 public:
  const plan::dense_id id;
  const base::shared_text key, name, url;
  const io::socket_address address;
  const bool internal;  ///< a service of this process: no address
  idle_allowance idle_time;
  std::uint32_t failures_in_a_row = 0;
  io::time_ms down_until = 0;
  const char* trouble = nullptr;  ///< the last one, and when
  io::time_ms trouble_at = 0;
  std::unique_ptr<layer4_state> layer4{};  ///< null: serves HTTP, or nothing yet
  std::uint32_t turn_credit = 0;           ///< of slow start, see balance/slow_start.hpp
  std::uint64_t requests = 0, failures = 0, active = 0, connects = 0, connect_failures = 0;
  recent_answers answers;
  std::uint64_t errors = 0, took_ms = 0, bytes_in = 0, bytes_out = 0;  ///< errors: answers from 500 on
  std::size_t idle_count() const noexcept { return idle_.size(); }
};

inline void discard_connection::operator()(connection* c) const noexcept { c->to().discard(c); }

/// The server of an attempt: it stays while the lease does, and counts as busy until done().
class endpoint_lease {
 public:
  endpoint_lease() noexcept = default;
  explicit endpoint_lease(endpoint& e) noexcept : of_(&e), busy_(true) { ++e.active; }
  endpoint_lease(endpoint_lease&& o) noexcept : of_(std::move(o.of_)), busy_(std::exchange(o.busy_, false)) {}
  endpoint_lease& operator=(endpoint_lease&& o) noexcept {
    done();
    of_ = std::move(o.of_);
    busy_ = std::exchange(o.busy_, false);
    return *this;
  }
  ~endpoint_lease() { done(); }
  void done() noexcept {
    if (std::exchange(busy_, false)) --of_->active;
  }
  endpoint& operator*() const noexcept { return *of_; }
  endpoint* operator->() const noexcept { return of_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(of_); }

 private:
  io::lease<endpoint> of_;
  bool busy_ = false;
};

}  // namespace waggle::proxy::upstream
