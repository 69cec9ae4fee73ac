#include "io/loop_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace waggle::proxy::io {

void loop_thread::start(std::function<void()> first) {
  thread_ = std::thread([this, first = std::move(first)] {
    // splice(2) has no MSG_NOSIGNAL: a client that left must be an error here, not the end of the process.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    if (first) first();
    loop_.run();
  });
}

void loop_thread::run_and_wait(const std::function<void()>& f) {
  if (!is_running()) return f();
  std::mutex m;
  std::condition_variable cv;
  bool done = false;
  loop_.post([&] {
    f();
    const std::lock_guard lock(m);
    done = true;
    cv.notify_one();
  });
  std::unique_lock lock(m);
  cv.wait(lock, [&] { return done; });
}

void loop_thread::stop_and_join() {
  if (!is_running()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace waggle::proxy::io
