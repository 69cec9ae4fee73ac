#include "process/log_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace waggle::app {

log_output::~log_output() { close(); }

void log_output::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int log_output::open(const std::string& file, int descriptor) {
  int fd = -1;
  kind what = kind::nonblocking;
  if (!file.empty()) {
    // O_NONBLOCK: a FIFO without a reader must not hold us up.
    fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd < 0) return errno;
  } else {
    struct stat found {};
    if (fstat(descriptor, &found) != 0) return errno;
    if (S_ISSOCK(found.st_mode)) what = kind::socket;
    if (S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode)) {
      // O_NONBLOCK belongs to the open file, which the shell or a sibling may share: set it on an open file
      // of our own.
      fd = ::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
      if (fd < 0) what = kind::blocking;  // not ours to open (a container's pipe that belongs to another user)
    }
    // A regular file is never "not ready"; its offset and mode are shared with whoever else appends.
    if (fd < 0) fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return errno;
  }
  close();
  fd_ = fd;
  kind_ = what;
  return 0;
}

log_output::outcome log_output::write(std::string_view bytes) noexcept {
  for (;;) {
    if (kind_ == kind::blocking) {
      // Linux, pipe(7): a pipe that polls writable takes PIPE_BUF bytes at once.
      pollfd ready{fd_, POLLOUT, 0};
      if (poll(&ready, 1, 0) != 1) return {state::would_block, 0, 0};
      bytes = bytes.substr(0, PIPE_BUF);
    }
    const ssize_t n =
        kind_ == kind::socket ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(fd_, bytes.data(), bytes.size());
    if (n > 0) return {state::written, static_cast<std::size_t>(n), 0};
    if (n == 0) return {state::would_block, 0, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {state::would_block, 0, 0};
    return {state::failed, 0, errno};
  }
}

}  // namespace waggle::app
