#include "io/side_thread.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace waggle::proxy::io {

std::shared_ptr<side_thread> side_thread::shared(purpose p) {
  static std::mutex mutex;
  static std::weak_ptr<side_thread> held[2];
  const std::lock_guard lock(mutex);
  auto& slot = held[static_cast<std::size_t>(p)];
  auto one = slot.lock();
  if (!one) slot = one = std::make_shared<side_thread>();
  return one;
}

side_thread::side_thread() : state_(std::make_shared<state>()) { std::thread(&side_thread::work, state_).detach(); }

side_thread::~side_thread() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->wake.notify_all();
}

side_thread::ticket side_thread::submit(std::function<void()> run) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  const std::lock_guard lock(state_->mutex);
  if (state_->jobs.size() >= queue_limit) return nullptr;
  state_->jobs.emplace_back(std::move(run), done);
  state_->wake.notify_one();
  return done;
}

void side_thread::work(std::shared_ptr<state> s) {
  for (;;) {
    std::pair<std::function<void()>, ticket> job;
    {
      std::unique_lock lock(s->mutex);
      s->wake.wait(lock, [&] { return s->stopping || !s->jobs.empty(); });
      if (s->stopping) return;
      job = std::move(s->jobs.front());
      s->jobs.pop_front();
    }
    if (job.second.use_count() == 1) continue;  // whoever asked has left: a flood of broken connections costs nothing here
    job.first();
    job.first = nullptr;
    job.second->store(true, std::memory_order_release);
  }
}

task<bool> finished(loop& l, waiter& wait, stream& client, side_thread::ticket job, time_ms due) {
  // Looking is cheaper than a way back into the loop that must be guarded against the session's end; it happens once for
  // each user or name in a while.
  constexpr time_ms look_again = timer_wheel::tick;
  while (!job->load(std::memory_order_acquire)) {
    if (!client.is_open() || client.is_ready(broken) || l.now() >= due) co_return false;
    const time_ms next = std::min(due, l.now() + look_again);
    co_await wait.wait(client, broken, next);
  }
  co_return true;
}

}  // namespace waggle::proxy::io
