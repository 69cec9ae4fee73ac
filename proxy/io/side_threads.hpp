// Background threads for what would hold up a worker: slow password hashes, name resolution, files. A coroutine hands over a
// job and is woken when it is done: no pointer to a worker or a coroutine ever crosses threads. Jobs are kept apart by owner
// (fair_jobs): one that hangs or floods holds up its own jobs, nobody else's.
#pragma once

#include "io/fair_jobs.hpp"
#include "io/waiter.hpp"
#include "io/task.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

namespace waggle::proxy::io {

class side_threads {
 public:
  enum class purpose : std::uint8_t { hashing, resolving, spooling };
  static constexpr std::size_t purposes = 3;
  /// The process's ones for that purpose; they live as long as somebody holds them. Thread: any.
  static std::shared_ptr<side_threads> shared(purpose p);

  struct settings {
    std::size_t threads = 1;  ///< at most; begun when they are needed
    fair_jobs<int>::shares shares{};
    int nice = 0;  ///< as nice(1): what takes much CPU gives way to workers
  };
  explicit side_threads(settings s);
  side_threads();   ///< two threads, of which one owner has one
  ~side_threads();  ///< does not wait: a job may hang in the resolver
  side_threads(const side_threads&) = delete;

  using owner = std::uint64_t;
  static owner owner_of(std::string_view name) noexcept;

  using ticket = std::shared_ptr<std::atomic<bool>>;  ///< true: done
  /// @param run  owns what it refers to; must not throw. Not run at all if nobody holds the ticket any more when its turn
  /// comes, unless it `must` be. @param done  rung when it has run; may be null. @return null: too many wait already.
  /// Thread: any.
  ticket submit(owner of, std::function<void()> run, std::shared_ptr<bell> done, bool must = false);

  struct figures {
    std::size_t waiting = 0, running = 0;
    std::uint64_t refused = 0;
  };
  /// Of the process's ones. Thread: any.
  static figures figures_of(purpose p);

 private:
  struct job {
    std::function<void()> run;
    ticket done;
    std::shared_ptr<bell> rings;
    bool must = false;
  };
  struct state {
    explicit state(const settings& s) : limits(s), jobs({s.shares.places, s.shares.of_one, s.shares.threads_of_one}) {}
    const settings limits;
    std::mutex mutex;
    std::condition_variable wake;
    fair_jobs<job> jobs;
    std::size_t threads = 0, running = 0;
    std::uint64_t refused = 0;
    bool stopping = false;
  };
  static void work(std::shared_ptr<state> s);
  static void grow(const std::shared_ptr<state>& s) noexcept;  // with the lock
  static bool is_deserted(const job& j) noexcept;
  static void run(job& j);
  std::shared_ptr<state> state_;
};

/// co_await until the job is done. @return false: the deadline came, the client left, or the connection was aborted.
task<bool> finished(loop& l, waiter& wait, readiness& client, side_threads::ticket job, time_ms due);

}  // namespace waggle::proxy::io
