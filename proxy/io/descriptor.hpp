// A file descriptor that is closed with its owner, until it is handed to whoever watches it.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace waggle::proxy::io {

class descriptor {
 public:
  descriptor() noexcept = default;
  /// @param fd  -1: none.
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& o) noexcept : fd_(o.release()) {}
  descriptor& operator=(descriptor&& o) noexcept {
    reset(o.release());
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
  void reset(int fd = -1) noexcept {
    if (const int before = std::exchange(fd_, fd); before >= 0) ::close(before);
  }

 private:
  int fd_ = -1;
};

/// Closes a connected socket so that its peer sees a reset, never a clean end.
inline void reset(descriptor s) noexcept {
  const linger now{1, 0};
  if (s) ::setsockopt(s.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace waggle::proxy::io
