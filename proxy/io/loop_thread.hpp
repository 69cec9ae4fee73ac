// The thread that runs a loop.
#pragma once

#include "io/loop.hpp"

#include <functional>
#include <thread>

namespace waggle::proxy::io {

class loop_thread {
 public:
  explicit loop_thread(io::loop& l) noexcept : loop_(l) {}
  ~loop_thread() { stop_and_join(); }
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;

  /// @param first  is run before the loop, on its thread.
  void start(std::function<void()> first = {});
  bool is_running() const noexcept { return thread_.joinable(); }
  /// Runs `f` on the thread and waits for it; on the caller's while the thread does not run. Thread: any but the loop's.
  void run_and_wait(const std::function<void()>& f);
  void stop_and_join();

 private:
  io::loop& loop_;
  std::thread thread_;
};

}  // namespace waggle::proxy::io
