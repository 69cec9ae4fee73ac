// Signals as events that the main thread waits for: no handler runs anywhere, so nothing needs to be
// async-safe.
#pragma once

#include <chrono>
#include <optional>

namespace waggle::app {

enum class signal_event { stop, reopen, verbosity };

class process_signals {
 public:
  /// Blocks TERM, INT, HUP, USR1 and USR2 for this thread and all that it starts, and ignores PIPE. Construct
  /// before any thread. Throws std::system_error.
  process_signals();
  ~process_signals();
  process_signals(const process_signals&) = delete;
  process_signals& operator=(const process_signals&) = delete;

  /// Waits for a signal, for `descriptor` (-1: none) to become readable, or for the time to pass.
  /// @return the signal; nothing for the other two.
  std::optional<signal_event> wait(int descriptor = -1, std::optional<std::chrono::milliseconds> bound = {}) const;

 private:
  int fd_;
};

}  // namespace waggle::app
