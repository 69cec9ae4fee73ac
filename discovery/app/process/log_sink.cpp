#include "process/log_sink.hpp"

#include "process/log_output.hpp"

#include <waggle/base/clock.hpp>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace waggle::app {
namespace {

using base::mono_time;
using base::now;
using std::chrono::milliseconds;

constexpr std::size_t kept_bytes = 64 * 1024;

/// Last resort for news about the log itself; gives up rather than wait.
void tell_stderr(const std::string& line) noexcept {
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  if (write(STDERR_FILENO, line.data(), std::min<std::size_t>(line.size(), 512)) < 0) return;
}

int poll_timeout(mono_time until) {
  const auto left = std::chrono::ceil<milliseconds>(until - now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 60'000));
}

}  // namespace

struct async_log_sink::impl {
  explicit impl(log_sink_options o) : options(std::move(o)), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (wake < 0) throw std::runtime_error(std::string("eventfd: ") + std::strerror(errno));
  }
  ~impl() { ::close(wake); }

  // Shared: what callers append to. Held for an append or a swap only, never during a system call but the
  // wake-up.
  std::mutex mutex;
  std::string queue;
  std::size_t in_flight = 0;     // bytes that the writer took and has not written yet
  std::uint64_t lost_since = 0;  // not told yet
  bool reopen_wanted = false, stopping = false;
  mono_time deadline{};  // of stopping
  std::atomic<std::uint64_t> lost_ever{0};

  const log_sink_options options;
  const int wake;
  std::thread writer;

  // The writer's own.
  log_output output;
  std::string batch;
  std::size_t done = 0;  // bytes of batch that are written
  mono_time retry_at{};
  bool failing = false;

  void notify() const noexcept {
    const std::uint64_t one = 1;
    if (::write(wake, &one, sizeof one) < 0) return;  // full: it is awake anyway
  }

  void failed(int error) noexcept {
    output.close();
    retry_at = now() + options.retry;
    if (failing) return;
    failing = true;
    try {
      tell_stderr(fmt::format("waggle: cannot write the log to {}: {}; trying again every {} ms\n",
                              options.file.empty() ? "standard output" : options.file, std::strerror(error), options.retry.count()));
    } catch (...) {  // without memory the log goes on untold
      return;
    }
  }

  void open() {
    if (const int error = output.open(options.file, options.descriptor); error != 0) {
      if (!output.is_open()) failed(error);
      return;  // the old file, if any, goes on
    }
  }

  /// Takes what is queued, once all of the last batch is written. A notice of loss stands where the lost
  /// lines would have.
  bool refill() {
    std::uint64_t lost = 0;
    {
      const std::lock_guard lock(mutex);
      in_flight = 0;
      if (batch.capacity() > kept_bytes) batch = {};  // a burst's memory is not kept for ever
      batch.clear();
      done = 0;
      batch.swap(queue);
      in_flight = batch.size();
      lost = std::exchange(lost_since, 0);
    }
    if (lost != 0 && options.on_loss) options.on_loss(lost);
    if (lost != 0 && !options.on_loss) {
      const std::string text = fmt::format("{} log lines lost", lost);
      batch += options.format == base::log_format::json ? base::format_json(base::wall_rfc3339(), base::log_level::warning, text, {})
                                                        : base::format_text(base::wall_rfc3339(), base::log_level::warning, text, {});
    }
    return !batch.empty();
  }

  /// Waits for a call of ours, and for room if `for_room`.
  void wait(bool for_room, int timeout_ms) const noexcept {
    pollfd events[2] = {{wake, POLLIN, 0}, {for_room ? output.descriptor() : -1, POLLOUT, 0}};
    poll(events, 2, timeout_ms);
    std::uint64_t count = 0;
    if (read(wake, &count, sizeof count) < 0) return;  // it was not the wake-up
  }

  /// @return whether to go on.
  bool step() {
    bool want_reopen = false, stop = false;
    mono_time until{};
    {
      const std::lock_guard lock(mutex);
      want_reopen = std::exchange(reopen_wanted, false);
      stop = stopping;
      until = deadline;
    }
    if (want_reopen || (!output.is_open() && now() >= retry_at)) open();
    const bool more = done < batch.size() || refill();
    if (stop && (!more || now() >= until)) return false;
    if (!more) {
      wait(false, -1);
      return true;
    }
    if (!output.is_open()) {
      wait(false, poll_timeout(stop ? std::min(until, retry_at) : retry_at));
      return true;
    }
    const auto sent = output.write(std::string_view(batch).substr(done));
    switch (sent.what) {
      case log_output::state::written:
        done += sent.bytes;
        failing = false;
        break;
      case log_output::state::failed: failed(sent.error); break;
      case log_output::state::would_block: wait(true, stop ? poll_timeout(until) : -1); break;
    }
    return true;
  }

  void run() noexcept {
    open();
    for (;;) {
      try {
        if (!step()) return;
      } catch (...) {  // out of memory for a line of ours: the lines of others still count
        wait(false, 100);
      }
    }
  }
};

async_log_sink::async_log_sink(log_sink_options options) : impl_(std::make_unique<impl>(std::move(options))) {
  impl_->writer = std::thread([i = impl_.get()] { i->run(); });
}

async_log_sink::~async_log_sink() { close(milliseconds{1'000}); }

void async_log_sink::write(base::log_level, std::string line) noexcept { write_lines(line, 1); }

void async_log_sink::write_lines(std::string_view lines, std::uint64_t count) noexcept {
  bool first = false;
  try {
    const std::lock_guard lock(impl_->mutex);
    const std::size_t held = impl_->queue.size() + impl_->in_flight;
    if (held + lines.size() > impl_->options.capacity_bytes || impl_->stopping) {
      impl_->lost_since += count;
      impl_->lost_ever += count;
      return;
    }
    first = impl_->queue.empty();
    impl_->queue += lines;
  } catch (...) {  // no memory for the queue
    impl_->lost_ever += count;
    return;
  }
  if (first) impl_->notify();
}

void async_log_sink::reopen() noexcept {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->reopen_wanted = true;
  }
  impl_->notify();
}

bool async_log_sink::close(milliseconds bound) noexcept {
  if (!impl_->writer.joinable()) return true;
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->deadline = now() + bound;
  }
  impl_->notify();
  impl_->writer.join();
  const std::lock_guard lock(impl_->mutex);
  return impl_->queue.empty() && impl_->done == impl_->batch.size();
}

std::uint64_t async_log_sink::lost() const noexcept { return impl_->lost_ever.load(std::memory_order_relaxed); }

}  // namespace waggle::app
