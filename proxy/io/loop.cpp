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
}

loop::~loop() {
  free_graves();
  if (wake_.fd >= 0) ::close(wake_.fd);
  if (epoll_ >= 0) ::close(epoll_);
}

void loop::refresh_clock() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  now_ = static_cast<time_ms>(t.tv_sec) * 1000 + static_cast<time_ms>(t.tv_nsec) / 1'000'000;
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
  resuming_.swap(deferred_);  // who yields again runs in the next batch
  for (const std::coroutine_handle<> h : resuming_) h.resume();
  resuming_.clear();
}

void loop::free_graves() noexcept {
  for (std::size_t i = 0; i < graves_.size(); ++i) {  // freeing may bury more
    const grave g = graves_[i];
    g.free(g.dead);
  }
  graves_.clear();
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
    const time_ms wait = deferred_.empty() ? wheel_.until_next(now_) : 0;
    const int timeout = wait == never ? -1 : static_cast<int>(std::min<time_ms>(wait, 60'000));
    const int n = epoll_wait(epoll_, events, static_cast<int>(std::size(events)), timeout);
    refresh_clock();
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
    run_posts();
    wheel_.advance(now_);
    resume_deferred();
    free_graves();
  }
}

}  // namespace waggle::proxy::io
