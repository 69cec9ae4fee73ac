#include "io/loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace waggle::proxy::io {

loop::loop() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || wake_.fd < 0) throw std::system_error(errno, std::generic_category(), "epoll or eventfd");
  wake_.on_events = [](pollable& p, std::uint32_t) {
    std::uint64_t ignored;
    [[maybe_unused]] const ssize_t n = ::read(p.fd, &ignored, sizeof ignored);
  };
  if (!watch(wake_, EPOLLIN | EPOLLET)) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  refresh_clock();
  bell_->for_ = this;
}

loop::~loop() {
  {
    const std::lock_guard lock(bell_->mutex_);
    bell_->for_ = nullptr;
  }
  free_deferred();
  if (wake_.fd >= 0) ::close(wake_.fd);
  if (epoll_ >= 0) ::close(epoll_);
}

std::uint64_t loop::fine_clock() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

void loop::refresh_clock() noexcept {
  batch_began_ = fine_clock();
  now_ = static_cast<time_ms>(batch_began_ / 1'000'000);
}

void bell::ring() noexcept {
  const std::lock_guard lock(mutex_);
  if (!for_ || for_->rung_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(for_->wake_.fd, &one, sizeof one);
}

void loop::enter(bell_waiter& b) noexcept {
  b.next = awaiting_bell_;
  b.previous = &awaiting_bell_;
  if (b.next) b.next->previous = &b.next;
  awaiting_bell_ = &b;
}

void loop::leave(bell_waiter& b) noexcept {
  *b.previous = b.next;
  if (b.next) b.next->previous = b.previous;
}

/// Who runs may end others that wait as well: the list is looked at from its head after each.
void loop::answer_bell() {
  if (!rung_.exchange(false, std::memory_order_acq_rel)) return;
  for (bell_waiter* b = awaiting_bell_; b != nullptr;) {
    if (b->told || !b->flag->load(std::memory_order_acquire)) {
      b = b->next;
      continue;
    }
    b->told = true;
    b->wake(*b);
    b = awaiting_bell_;
  }
}

void loop::post(std::function<void()> f) {
  {
    const std::lock_guard lock(posts_mutex_);
    posts_.push_back(std::move(f));
  }
  has_posts_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.fd, &one, sizeof one);
}

void loop::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.fd, &one, sizeof one);
}

void loop::run_posts() {
  if (!has_posts_.exchange(false, std::memory_order_acquire)) return;
  std::vector<std::function<void()>> mine;
  {
    const std::lock_guard lock(posts_mutex_);
    mine.swap(posts_);
  }
  for (const auto& f : mine) f();
}

void loop::resume_deferred() {
  if (resumed_ == resuming_.size()) {
    resuming_.clear();
    resuming_.swap(deferred_);  // who yields again comes behind those who wait already
    resumed_ = 0;
  }
  if (resuming_.empty()) return;
  batch_began_ = fine_clock();
  while (resumed_ < resuming_.size()) {
    const std::coroutine_handle<> h = resuming_[resumed_++];
    h.resume();
    if (is_late()) return;
  }
}

void loop::free_deferred() noexcept {
  for (std::size_t i = 0; i < deferred_deletes_.size(); ++i) {  // freeing one may put off more
    const deferred_delete g = deferred_deletes_[i];
    g.free(g.dead);
  }
  deferred_deletes_.clear();
}

bool loop::watch(pollable& p, std::uint32_t events) noexcept {
  epoll_event e{};
  e.events = events;
  e.data.ptr = &p;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, p.fd, &e) != 0) return false;
  p.watched = true;
  ++watching_;
  return true;
}

bool loop::change(pollable& p, std::uint32_t events) noexcept {
  epoll_event e{};
  e.events = events;
  e.data.ptr = &p;
  return epoll_ctl(epoll_, EPOLL_CTL_MOD, p.fd, &e) == 0;
}

void loop::forget(pollable& p) noexcept {
  if (p.fd < 0) return;
  ::close(p.fd);
  p.fd = -1;
  if (std::exchange(p.watched, false)) --watching_;
}

void loop::run() {
  epoll_event events[256];
  while (!stopping_.load(std::memory_order_acquire)) {
    const bool nobody_yielded = deferred_.empty() && resumed_ == resuming_.size();
    const time_ms wait = nobody_yielded ? wheel_.until_next(now_) : 0;
    const int timeout = wait == never ? -1 : static_cast<int>(std::min<time_ms>(wait, 60'000));
    const int n = epoll_wait(epoll_, events, static_cast<int>(std::size(events)), timeout);
    refresh_clock();
    ready_ = n > 0 ? static_cast<std::size_t>(n) : 0;
    // An idle connection that has ended must be known before a request of the same batch is given it.
    for (int i = 0; i < n; ++i) {
      auto& p = *static_cast<pollable*>(events[i].data.ptr);
      if (!p.first || p.fd < 0) continue;
      p.on_events(p, events[i].events);
      events[i].events = 0;
    }
    for (int i = 0; i < n; ++i) {
      auto& p = *static_cast<pollable*>(events[i].data.ptr);
      if (p.fd >= 0 && events[i].events != 0) p.on_events(p, events[i].events);
    }
    while (batch_end* const b = batch_ends_) {
      batch_ends_ = b->next;
      b->asked = false;
      b->run(*b);
    }
    run_posts();
    answer_bell();
    wheel_.advance(now_);
    resume_deferred();
    free_deferred();
  }
}

}  // namespace waggle::proxy::io
