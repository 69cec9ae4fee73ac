#include <waggle/discovery/file_provider.hpp>

#include "file/content.hpp"
#include "file/file_watch.hpp"
#include "file/report.hpp"
#include "file/debounce.hpp"

#include <waggle/base/clock.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace waggle::discovery {

namespace {

using base::milliseconds;
using base::mono_time;

// Watches do not see what another machine writes to a shared file system, and there may be none left: then a look at the
// file's size and times tells. One stat(2) each time.
constexpr milliseconds glance_interval{5'000}, unwatched_interval{1'000};

}  // namespace

struct file_provider::impl {
  impl(file_options opts, base::logger& log, file_publish_handler publish)
      : opts_(std::move(opts)), log_(log), report_(opts_, log, std::move(publish)), watch_(opts_.filename) {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~impl() { ::close(wake_); }

  void wake() noexcept {
    const std::uint64_t one = 1;
    while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  void run() {
    settle_.at_once(base::now());
    while (!stopping_.load()) {
      try {
        turn();
      } catch (const std::exception& e) {  // memory: what is in force stays
        settle_.done();
        log_.error("Configuration file not read", {{"file", opts_.filename}, {"error", e.what()}});
      }
    }
  }

  void turn() {
    const auto now = base::now();
    if (const auto due = settle_.due(); due && *due <= now) {
      read();
      return;
    }
    wait(now);
    if (stopping_.load()) return;
    if (asked_.exchange(false)) {
      report_.asked();
      settle_.at_once(base::now());
    }
    if (!opts_.watch) return;
    if (watch_.descriptor() >= 0 && watch_.take()) settle_.heard(base::now());
    if (!settle_.due() && base::now() >= glance_due_) {
      glance_due_ = base::now() + (armed_ ? glance_interval : unwatched_interval);
      if (file::look_at(opts_.filename) != seen_) settle_.heard(base::now());
    }
  }

  /// Until something happens, or the next thing is due.
  void wait(mono_time now) {
    std::optional<mono_time> until = settle_.due();
    if (!until && opts_.watch) until = glance_due_;
    int bound = -1;
    if (until) bound = static_cast<int>(std::max<std::int64_t>(0, std::chrono::ceil<milliseconds>(*until - now).count()));
    std::array<pollfd, 2> on{{{wake_, POLLIN, 0}, {opts_.watch ? watch_.descriptor() : -1, POLLIN, 0}}};
    ::poll(on.data(), on.size(), bound);
    std::uint64_t ignored = 0;
    while (::read(wake_, &ignored, sizeof ignored) < 0 && errno == EINTR) {
    }
  }

  void read() {
    settle_.done();
    if (opts_.watch) arm();  // first, so that whatever is written after the read is reported
    seen_ = file::look_at(opts_.filename);
    glance_due_ = base::now() + (armed_ ? glance_interval : unwatched_interval);
    report_.take(file::read_content(opts_.filename));
  }

  void arm() {
    armed_ = watch_.arm();
    if (armed_ || told_unwatched_) return;
    told_unwatched_ = true;
    log_.warning("Configuration file cannot be watched, it is looked at every second",
                 {{"file", opts_.filename}, {"fix", "raise fs.inotify.max_user_instances and max_user_watches"}});
  }

  const file_options opts_;
  base::logger& log_;
  file::report report_;
  file::file_watch watch_;
  file::settle settle_;
  file::signature seen_;
  mono_time glance_due_{};
  bool armed_ = false, told_unwatched_ = false;
  int wake_ = -1;
  std::atomic<bool> stopping_{false}, asked_{false};
  std::thread thread_;
};

file_provider::file_provider(file_options opts, base::logger& log, file_publish_handler publish)
    : impl_(std::make_unique<impl>(std::move(opts), log, std::move(publish))) {}

file_provider::~file_provider() { stop(); }

void file_provider::start() {
  if (!impl_->thread_.joinable()) impl_->thread_ = std::thread([this] { impl_->run(); });
}

void file_provider::stop() {
  impl_->stopping_.store(true);
  impl_->wake();
  if (impl_->thread_.joinable()) impl_->thread_.join();
}

void file_provider::reload() {
  impl_->asked_.store(true);
  impl_->wake();
}

}  // namespace waggle::discovery
