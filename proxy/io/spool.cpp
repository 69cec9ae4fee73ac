#include "io/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace waggle::proxy::io {
namespace {

constexpr std::size_t piece = 64 * 1024;

int temporary_file() noexcept {
  for (const char* const directory : {"/tmp", "/var/tmp"}) {
    if (const int fd = ::open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); fd >= 0) return fd;
    // overlayfs, which containers stand on, has O_TMPFILE from Linux 6.1 on: a file that loses its name at once.
    char name[32];
    std::snprintf(name, sizeof name, "%s/waggle-XXXXXX", directory);
    if (const int fd = ::mkostemp(name, O_CLOEXEC); fd >= 0) {
      ::unlink(name);
      return fd;
    }
  }
  return -1;
}

}  // namespace

spool::spool(std::uint64_t memory, buffer_pool& counted) noexcept
    : limit_(static_cast<std::size_t>(std::clamp<std::uint64_t>(memory, least_memory, most_memory))), counted_(counted) {}

spool::~spool() {
  counted_.count_out(memory_.size());
  if (file_ >= 0) ::close(file_);
}

bool spool::append(std::string_view bytes) {
  if (file_ < 0) {
    const std::size_t fits = std::min(bytes.size(), limit_ - memory_.size());
    memory_.append(bytes.substr(0, fits));
    counted_.count_in(fits);
    bytes.remove_prefix(fits);
    if (bytes.empty()) return true;
    file_ = temporary_file();
    if (file_ < 0) return false;
  }
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(in_file_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    in_file_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

io_result spool::send(stream& to, std::uint64_t at) const {
  if (at < memory_.size()) return to.write(memory_.data() + at, std::min(memory_.size() - static_cast<std::size_t>(at), piece));
  char room[piece];
  const std::uint64_t offset = at - memory_.size();
  const ssize_t n = ::pread(file_, room, static_cast<std::size_t>(std::min<std::uint64_t>(piece, in_file_ - offset)), static_cast<off_t>(offset));
  if (n <= 0) return {io_status::error, 0, EIO};
  return to.write(room, static_cast<std::size_t>(n));
}

}  // namespace waggle::proxy::io
