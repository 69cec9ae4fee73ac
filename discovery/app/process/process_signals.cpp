#include "process/process_signals.hpp"

#include <waggle/base/clock.hpp>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace waggle::app {

process_signals::process_signals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t ours;
  sigemptyset(&ours);
  for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&ours, s);
  if (const int error = pthread_sigmask(SIG_BLOCK, &ours, nullptr); error != 0)
    throw std::system_error(error, std::system_category(), "pthread_sigmask");
  fd_ = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), "signalfd");
}

process_signals::~process_signals() { close(fd_); }

std::optional<signal_event> process_signals::wait(int descriptor, std::optional<std::chrono::milliseconds> bound) const {
  const auto until = base::now() + bound.value_or(std::chrono::milliseconds{0});
  for (;;) {
    signalfd_siginfo got{};
    if (read(fd_, &got, sizeof got) == sizeof got) {
      const auto number = static_cast<int>(got.ssi_signo);
      if (number == SIGUSR2) return signal_event::verbosity;
      return number == SIGTERM || number == SIGINT ? signal_event::stop : signal_event::reopen;
    }
    pollfd events[2] = {{fd_, POLLIN, 0}, {descriptor, POLLIN, 0}};
    int timeout = -1;
    if (bound) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - base::now()).count();
      if (left <= 0) return std::nullopt;
      timeout = static_cast<int>(std::min<long long>(left, 3'600'000));
    }
    if (poll(events, 2, timeout) < 0 && errno != EINTR) throw std::system_error(errno, std::system_category(), "poll");
    if (events[0].revents == 0 && events[1].revents != 0) return std::nullopt;
  }
}

}  // namespace waggle::app
