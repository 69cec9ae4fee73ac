// Requests of one worker that wait for a server of one backend (waggle.backend.hold), and connections that wait for one of a TCP service:
// lists in the waiters' own frames, woken by the table that brings a server, by a health check that finds one well, or by their deadline.
#pragma once

#include "io/waiter.hpp"
#include "plan/backend.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace waggle::proxy {

/// @tparam Service  plan::backend or plan::tcp_service.
template <class Service>
class queues_for {
 public:
  static constexpr std::size_t most = 1'000;      ///< of one backend; more get 503 at once
  static constexpr std::size_t at_once = 16;      ///< of one backend, woken in one tick: 2,000 a second
  static constexpr std::size_t side_by_side = 8;  ///< backends whose requests are woken in one tick

  class place;
  struct queue {
    place* first = nullptr;
    std::size_t size = 0;
    const Service* now = nullptr;  ///< in the current table; null: gone
    bool is_full() const noexcept { return size >= most; }
  };
  /// One that waits; leaves its queue when it goes.
  class place {
   public:
    place(queue& q, io::waiter& w) noexcept : queue_(q), waiter_(w), next_(q.first), previous_(&q.first) {
      if (next_) next_->previous_ = &next_;
      q.first = this;
      ++q.size;
    }
    ~place() {
      *previous_ = next_;
      if (next_) next_->previous_ = previous_;
      --queue_.size;
    }
    place(const place&) = delete;

   private:
    friend class queues_for;
    queue& queue_;
    io::waiter& waiter_;
    place *next_, **previous_;
  };

  /// The queue of a backend of the current table. It stays where it is as long as anybody is in it. By name, not by dense
  /// number: who has not run yet since its backend went must not meet the number's next holder.
  queue& of(const Service& b) {
    queue& q = queues_[b.key];
    if (q.size == 0) q.now = &b;
    return q;
  }

  /// A new table is in force: tells every queue its backend and wakes who waits.
  /// @param all  of the table.
  void renew(const std::vector<std::shared_ptr<const Service>>& all, io::time_ms now) {
    if (queues_.empty()) return;
    std::erase_if(queues_, [](const auto& e) { return e.second.size == 0; });
    for (auto& [key, q] : queues_) q.now = nullptr;
    for (const auto& b : all)
      if (const auto it = queues_.find(b->key); it != queues_.end()) it->second.now = b.get();
    wake(now);
  }
  /// Lets everybody look for a server, who waits longest first. They are not run from here, and not all at once: a task that
  /// has just begun to listen may have room for a hundred connections.
  void wake(io::time_ms now) noexcept {
    const std::size_t rounds = (queues_.size() + side_by_side - 1) / side_by_side;  // of many backends only some in one tick
    std::size_t round = 0;
    for (auto& [key, q] : queues_) {
      std::size_t behind = q.size;
      for (place* p = q.first; p != nullptr; p = p->next_) p->waiter_.expire_at(now + (--behind / at_once * rounds + round) * io::timer_wheel::tick);
      round = (round + 1) % rounds;
    }
  }

 private:
  std::unordered_map<std::string, queue> queues_;
};

using server_queues = queues_for<plan::backend>;

}  // namespace waggle::proxy
