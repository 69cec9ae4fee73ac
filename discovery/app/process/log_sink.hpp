// Where log lines go: standard output or a file, by a thread of its own. Whoever logs is never held up or
// ended by a full disk, a blocked or a closed output; what finds no room is counted and told. It does not
// format lines (base::logger does).
#pragma once

#include <waggle/base/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace waggle::app {

struct log_sink_options {
  std::string file{};  ///< empty: the descriptor below
  int descriptor = 1;
  base::log_format format = base::log_format::text;  ///< of the sink's own line "N log lines lost"
  std::size_t capacity_bytes = 4 * 1024 * 1024;
  /// Told how many lines found no room; none: the sink says it in a line of its own, in their place. Thread: the writer's.
  std::function<void(std::uint64_t)> on_loss{};
  std::chrono::milliseconds retry{5'000};  ///< between two tries after the output failed
};

class async_log_sink final : public base::log_sink {
 public:
  explicit async_log_sink(log_sink_options options);
  ~async_log_sink() override;  ///< flushes for at most a second
  async_log_sink(const async_log_sink&) = delete;
  async_log_sink& operator=(const async_log_sink&) = delete;

  /// Queues the line, or drops and counts it when the queue is full. Thread: any.
  void write(base::log_level level, std::string line) noexcept override;
  /// The same for `count` lines at once.
  void write_lines(std::string_view lines, std::uint64_t count) noexcept;
  /// Opens the file anew (it may have been renamed). A failed output is tried again at once. Thread: any.
  void reopen() noexcept;
  /// Writes out what is queued and ends the thread. @return false if lines were left at the deadline.
  bool close(std::chrono::milliseconds bound) noexcept;
  /// Lines dropped since start. Thread: any.
  std::uint64_t lost() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::app
