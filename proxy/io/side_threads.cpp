#include "io/side_threads.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr int lower_priority = 10;

/// Hashing: a service's log-ins have one thread, so three of cost 15 leave one for all others. Names: a query hangs for as long as
/// resolv.conf(5) says, usually 10 s, and takes no CPU. Files: a slow disk is slow for all, but one service has half the threads.
side_threads::settings settings_of(side_threads::purpose p) {
  switch (p) {
    case side_threads::purpose::hashing: return {4, {512, 64, 1}, lower_priority};
    case side_threads::purpose::resolving: return {16, {256, 32, 4}, 0};
    case side_threads::purpose::spooling: break;
  }
  return {4, {4'096, 1'024, 2}, 0};
}

struct held_threads {
  std::mutex mutex;
  std::array<std::weak_ptr<side_threads>, side_threads::purposes> by_purpose;
};

held_threads& held() {
  static held_threads all;
  return all;
}

}  // namespace

std::shared_ptr<side_threads> side_threads::shared(purpose p) {
  const std::lock_guard lock(held().mutex);
  auto& slot = held().by_purpose[static_cast<std::size_t>(p)];
  auto one = slot.lock();
  if (!one) slot = one = std::make_shared<side_threads>(settings_of(p));
  return one;
}

side_threads::figures side_threads::figures_of(purpose p) {
  std::shared_ptr<side_threads> one;
  {
    const std::lock_guard lock(held().mutex);
    one = held().by_purpose[static_cast<std::size_t>(p)].lock();
  }
  if (!one) return {};
  const std::lock_guard lock(one->state_->mutex);
  return {one->state_->jobs.waiting(), one->state_->running, one->state_->refused};
}

side_threads::side_threads(settings s) : state_(std::make_shared<state>(s)) {}
side_threads::side_threads() : side_threads(settings{2, {128, 16, 1}, lower_priority}) {}

side_threads::~side_threads() {
  const std::lock_guard lock(state_->mutex);
  state_->stopping = true;
  state_->wake.notify_all();
}

side_threads::owner side_threads::owner_of(std::string_view name) noexcept { return std::hash<std::string_view>{}(name); }

side_threads::ticket side_threads::submit(owner of, std::function<void()> run, std::shared_ptr<bell> rings, bool must) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  job j{std::move(run), done, std::move(rings), must};
  const std::lock_guard lock(state_->mutex);
  if (!state_->jobs.has_place(of)) state_->jobs.drop(of, is_deserted);  // places are for those who still wait
  if (!state_->jobs.push(of, std::move(j))) {
    ++state_->refused;
    return nullptr;
  }
  grow(state_);
  state_->wake.notify_one();
  return done;
}

/// One more thread, if all are busy. Where the system has none (pids limit), those that are there do the work, or the next job's.
void side_threads::grow(const std::shared_ptr<state>& s) noexcept {
  if (s->running < s->threads || s->threads == s->limits.threads) return;
  try {
    std::thread(&side_threads::work, s).detach();
    ++s->threads;
  } catch (...) {
  }
}

/// Whoever asked has left.
bool side_threads::is_deserted(const job& j) noexcept { return !j.must && j.done.use_count() == 1; }

void side_threads::run(job& j) {
  if (is_deserted(j)) return;  // a flood of broken connections costs nothing here
  j.run();
  j.run = nullptr;
  j.done->store(true, std::memory_order_release);
  if (j.rings) j.rings->ring();
}

void side_threads::work(std::shared_ptr<state> s) {
  (void)::setpriority(PRIO_PROCESS, 0, s->limits.nice);  // Linux: of the calling thread alone
  std::unique_lock lock(s->mutex);
  for (;;) {
    s->wake.wait(lock, [&] { return s->stopping || s->jobs.may_run(); });
    if (s->stopping) return;
    auto next = s->jobs.pop();
    ++s->running;
    if (s->jobs.may_run()) {  // came before this one was begun: it must not wait for its end
      grow(s);
      s->wake.notify_one();
    }
    lock.unlock();
    run(next->second);
    const owner of = next->first;
    next.reset();  // what it held goes outside of the lock
    lock.lock();
    --s->running;
    s->jobs.done(of);
    if (s->jobs.may_run()) s->wake.notify_one();
  }
}

task<bool> finished(loop& l, waiter& wait, readiness& client, side_threads::ticket job, time_ms due) {
  struct entry : bell_waiter {
    entry(const std::atomic<bool>* done, waiter& w) noexcept
        : bell_waiter{done, [](bell_waiter& self) { static_cast<entry&>(self).wakes.interrupt(); }}, wakes(w) {}
    waiter& wakes;
  };
  entry here(job.get(), wait);
  l.enter(here);
  const struct departed_server {
    loop& l;
    bell_waiter& b;
    ~departed_server() { l.leave(b); }
  } at_the_end{l, here};
  while (!job->load(std::memory_order_acquire)) {
    if (!client.is_open() || client.is_ready(broken) || l.now() >= due) co_return false;
    here.told = false;
    co_await wait.wait(client, broken, due);
  }
  co_return true;
}

}  // namespace waggle::proxy::io
