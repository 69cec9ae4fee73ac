// One worker's reactor: epoll (edge-triggered, registered once), deadlines, and posts from other threads. It knows file
// descriptors, not HTTP. Why not Asio's: docs/decisions/0001-own-reactor.md.
#pragma once

#include "io/timer_wheel.hpp"

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace waggle::proxy::io {

class loop;

/// Something epoll reports on. Its owner must close it through loop::forget before it is freed, and free it with
/// loop::delete_later if it could still be named by an event of the running batch.
struct pollable {
  using callback = void (*)(pollable&, std::uint32_t events);
  callback on_events = nullptr;
  int fd = -1;
  bool watched = false;
  bool first = false;  ///< its events are served before the others of a batch (idle connections: ends and stray bytes)
};

/// How other threads wake a loop that may be gone by then: held by whoever does work for it (side_threads).
class bell {
 public:
  /// Thread: any.
  void ring() noexcept;

 private:
  friend class loop;
  std::mutex mutex_;
  loop* for_ = nullptr;  ///< null: gone
};

/// One that waits for a flag which another thread sets before it rings; in its waiter's frame.
struct bell_waiter {
  const std::atomic<bool>* flag;
  void (*wake)(bell_waiter&);
  bool told = false;
  bell_waiter *next = nullptr, **previous = nullptr;
};

/// What is done once for all events of a batch (many small answers leave with one call). Embed it; it outlives the batch in which it was asked for.
struct batch_end {
  void (*run)(batch_end&) = nullptr;
  bool asked = false;
  batch_end* next = nullptr;
};

class loop {
 public:
  loop();  ///< throws std::system_error if the kernel refuses (start-up only)
  ~loop();
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  /// Runs until stop(). Thread: the worker's.
  void run();
  /// Thread: any.
  void stop() noexcept;
  /// Runs `f` on the worker's thread, in the order posted. Thread: any.
  void post(std::function<void()> f);

  /// Registers for `events` (EPOLLET | …). @return false if the kernel refuses (ENOSPC, ENOMEM).
  bool watch(pollable& p, std::uint32_t events) noexcept;
  bool change(pollable& p, std::uint32_t events) noexcept;
  /// Closes the descriptor (epoll forgets it with that) and silences events of the running batch.
  void forget(pollable& p) noexcept;

  /// Descriptors that are watched now.
  std::size_t watching() const noexcept { return watching_; }

  /// Milliseconds of the coarse clock: read once per batch. Thread: the worker's.
  time_ms now() const noexcept { return now_; }
  void arm(timer& t, time_ms due) noexcept { wheel_.arm(t, now_, due); }

  /// co_await loop.yield(): lets other connections run. Who yielded is resumed in turn, after the events of a batch, for two
  /// milliseconds; then epoll is asked again, so that a small request never waits for all the large ones.
  struct yield_awaiter {
    loop& l;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) { l.deferred_.push_back(h); }
    void await_resume() const noexcept {}
  };
  yield_awaiter yield() noexcept { return {*this}; }

  /// Steps (of 64 KiB or so) that one connection may take before it yields: fewer, the more of them want a turn.
  unsigned burst() const noexcept {
    const std::size_t rivals = ready_ + deferred_.size() + resuming_.size() - resumed_;
    return rivals <= calm ? longest_burst : rivals >= calm * longest_burst ? 1 : static_cast<unsigned>(calm * longest_burst / rivals);
  }
  /// The running batch has taken so long that whoever has much to do should yield first. Cost: a clock.
  bool is_late() const noexcept { return fine_clock() - batch_began_ > slice_ns; }

  /// Thread: any, for as long as it lives.
  std::shared_ptr<bell> own_bell() const noexcept { return bell_; }
  void enter(bell_waiter& b) noexcept;
  void leave(bell_waiter& b) noexcept;

  /// Runs `b` behind the events of this batch, before anything is freed. For who handles an event.
  void at_batch_end(batch_end& b) noexcept {
    if (b.asked) return;
    b.asked = true;
    b.next = batch_ends_;
    batch_ends_ = &b;
  }

  /// Runs at the end of the running batch: frees what events of this batch may still point at.
  template <class T>
  void delete_later(T* dead) {
    deferred_deletes_.push_back({dead, [](void* p) { delete static_cast<T*>(p); }});
  }

 private:
  friend class bell;
  static constexpr unsigned longest_burst = 16;
  static constexpr std::size_t calm = 16;               ///< up to so many rivals a burst has its full length
  static constexpr std::uint64_t slice_ns = 2'000'000;  ///< of those who yielded, until epoll is asked again
  static std::uint64_t fine_clock() noexcept;
  void refresh_clock() noexcept;
  void run_posts();
  void answer_bell();
  void resume_deferred();
  void free_deferred() noexcept;

  struct deferred_delete {
    void* dead;
    void (*free)(void*);
  };
  int epoll_ = -1;
  pollable wake_;
  std::size_t watching_ = 0;
  time_ms now_ = 0;
  timer_wheel wheel_;
  std::vector<deferred_delete> deferred_deletes_;
  std::vector<std::coroutine_handle<>> deferred_, resuming_;
  std::size_t resumed_ = 0;  ///< of resuming_
  std::size_t ready_ = 0;    ///< events of the running batch
  std::uint64_t batch_began_ = 0;
  const std::shared_ptr<bell> bell_ = std::make_shared<bell>();
  bell_waiter* awaiting_bell_ = nullptr;
  batch_end* batch_ends_ = nullptr;
  std::atomic<bool> rung_{false};
  std::atomic<bool> stopping_{false};
  std::mutex posts_mutex_;  // only for posts: never taken on the request path
  std::vector<std::function<void()>> posts_;
  std::atomic<bool> has_posts_{false};
};

}  // namespace waggle::proxy::io
