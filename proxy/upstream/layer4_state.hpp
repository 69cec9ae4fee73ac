// What one worker knows of a server below HTTP while it runs: who is connected to it, how many that are over all workers, and what has
// gone over its connections. Thread: the worker's.
#pragma once

#include "schedule/connection_counts.hpp"
#include "schedule/threshold.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace waggle::proxy::upstream {

/// A client's connection that leads to a server, in that one's list. It must have left before it goes.
class client_link {
 public:
  client_link() = default;
  client_link(const client_link&) = delete;
  client_link& operator=(const client_link&) = delete;

  /// The server's task is gone: nothing answers any more.
  virtual void server_gone() noexcept = 0;
  /// Ends it at that time, its client's side first.
  virtual void end_at(io::time_ms due) noexcept = 0;
  /// Adds what has gone over it since it was asked last to the figures of its server and its service. @param all  false: only if something was
  /// relayed since. Cost: a system call.
  virtual void count_traffic(bool all) noexcept = 0;
  /// What it is, for people; all but entry_point's and local's texts. @return the number of its entry point.
  virtual std::size_t describe(layer4_connection& out) const = 0;

  client_link *next_link = nullptr, **previous_link = nullptr;

 protected:
  ~client_link() = default;
};

struct layer4_state {
  layer4_state(std::shared_ptr<schedule::connection_counts> over_workers, std::size_t worker) noexcept : counts(std::move(over_workers), worker) {}

  void enter(client_link& c) noexcept {
    c.next_link = links;
    c.previous_link = &links;
    if (links) links->previous_link = &c.next_link;
    links = &c;
    ++open;
  }
  void leave(client_link& c) noexcept {
    if (next_asked == &c) next_asked = c.next_link;
    *c.previous_link = c.next_link;
    if (c.next_link) c.next_link->previous_link = c.previous_link;
    c.next_link = nullptr;
    c.previous_link = nullptr;
    --open;
  }

  schedule::counts_view counts;
  schedule::threshold full;
  client_link* links = nullptr;
  client_link* next_asked = nullptr;  ///< where a tour of all connections goes on (worker/layer4_tour.hpp)
  std::size_t open = 0;
  // What UDP sessions look at; a connection is told (client_link).
  bool leaving = false;  ///< its task is about to end
  bool gone = false;     ///< nothing answers there any more
  // Of connections that have ended, and of open ones what was asked for; the first counts all. UDP: of all that came and went.
  std::uint64_t connections = 0, packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
};

}  // namespace waggle::proxy::upstream
