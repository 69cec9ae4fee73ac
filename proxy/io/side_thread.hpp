// One background thread for what would hold up a worker: slow password hashes, name resolution. A coroutine hands it a job
// and looks now and then whether it is done: no pointer to a worker or a coroutine ever crosses threads.
#pragma once

#include "io/stream.hpp"
#include "io/task.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace waggle::proxy::io {

class side_thread {
 public:
  enum class purpose : std::uint8_t { hashing, resolving };
  /// The process's one for that purpose; it lives as long as somebody holds it. Thread: any.
  static std::shared_ptr<side_thread> shared(purpose p);

  side_thread();
  ~side_thread();  ///< does not wait: a job may hang in the resolver
  side_thread(const side_thread&) = delete;

  using ticket = std::shared_ptr<std::atomic<bool>>;  ///< true: done
  static constexpr std::size_t queue_limit = 128;
  /// @param run  owns what it refers to; must not throw. Not run at all if nobody holds the ticket any more when its turn
  /// comes. @return null: too many wait already. Thread: any.
  ticket submit(std::function<void()> run);

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<std::pair<std::function<void()>, ticket>> jobs;
    bool stopping = false;
  };
  static void work(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

/// co_await until the job is done. @return false: the deadline came, the client left, or the session was aborted.
task<bool> finished(loop& l, waiter& wait, stream& client, side_thread::ticket job, time_ms due);

}  // namespace waggle::proxy::io
