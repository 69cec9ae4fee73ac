// One place that log bytes can be written to without ever blocking: a pipe, terminal, socket or file.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace waggle::app {

class log_output {
 public:
  enum class state { written, would_block, failed };
  struct outcome {
    state what = state::written;
    std::size_t bytes = 0;  ///< written, at least one
    int error = 0;          ///< errno when failed
  };

  log_output() = default;
  ~log_output();
  log_output(const log_output&) = delete;
  log_output& operator=(const log_output&) = delete;

  /// Opens `file` for appending, or, if it is empty, uses `descriptor` (which stays the caller's). What was
  /// open before is closed only if this works. @return errno, 0 if it worked.
  int open(const std::string& file, int descriptor);
  bool is_open() const noexcept { return fd_ >= 0; }
  /// The descriptor to poll for POLLOUT after would_block.
  int descriptor() const noexcept { return fd_; }
  void close() noexcept;
  /// Writes as much as is taken now.
  outcome write(std::string_view bytes) noexcept;

 private:
  enum class kind { nonblocking, socket, blocking };
  int fd_ = -1;
  kind kind_ = kind::nonblocking;
};

}  // namespace waggle::app
