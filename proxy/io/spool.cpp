#include "io/spool.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace waggle::proxy::io {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr const char* directories[] = {"/tmp", "/var/tmp"};

int temporary_file() noexcept {
  for (const char* const directory : directories) {
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

std::uint64_t usual_spool_room() {
  constexpr std::uint64_t most = std::uint64_t{4} << 30;
  for (const char* const directory : directories) {
    struct statvfs about {};
    if (::statvfs(directory, &about) == 0) return std::min<std::uint64_t>(most, std::uint64_t{about.f_bavail} * about.f_frsize / 2);
  }
  return most;
}

/// Opened, written and closed by side threads: each of them may wait for the disk. One at a time, by the spool.
struct spool::file {
  file(std::shared_ptr<spool_room> r, side_threads::owner o) : room(std::move(r)), owner(o) {}
  ~file() {
    if (fd >= 0) ::close(fd);
    room->give_back(owner, taken);
  }
  file(const file&) = delete;

  void write(std::string_view bytes, std::uint64_t at) noexcept {
    if (fd < 0) fd = temporary_file();
    while (!bytes.empty() && fd >= 0) {
      const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      at += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (!bytes.empty()) failed.store(true, std::memory_order_release);
  }

  const std::shared_ptr<spool_room> room;
  const side_threads::owner owner;
  int fd = -1;              // published by the ticket
  std::uint64_t taken = 0;  // of the room; the worker's alone until the last reference goes
  std::atomic<bool> failed{false};
};

spool::spool(std::uint64_t memory, place p)
    : limit_(static_cast<std::size_t>(std::clamp<std::uint64_t>(memory, least_memory, most_memory))), place_(std::move(p)) {}

spool::~spool() {
  place_.memory.count_out(counted_);
  if (!file_) return;
  --place_.files;
  // Closing the last descriptor of a large file frees its blocks, which takes a while. If nobody can, it is done here.
  const auto owner = place_.owner;
  try {
    const auto close = [f = std::move(file_)] {};
    threads_->submit(owner, close, nullptr, true);
  } catch (...) {  // no memory for a job
  }
}

bool spool::has_failed() const noexcept { return file_ && file_->failed.load(std::memory_order_acquire); }

spool::outcome spool::append(std::string_view bytes) {
  counted_ += bytes.size();
  place_.memory.count_in(bytes.size());
  if (!file_) {
    const std::size_t fits = std::min(bytes.size(), limit_ - memory_.size());
    memory_.append(bytes.substr(0, fits));
    bytes.remove_prefix(fits);
    if (bytes.empty()) return outcome::kept;
    threads_ = side_threads::shared(side_threads::purpose::spooling);
    file_ = std::make_shared<file>(place_.disk, place_.owner);
    ++place_.files;
  }
  if (has_failed()) return outcome::failed;
  tail_.reserve(block + piece);
  tail_.append(bytes);
  return tail_.size() >= block && !writing() ? write_tail() : outcome::kept;
}

spool::outcome spool::again() {
  if (has_failed()) return outcome::failed;
  return tail_.size() >= block && !writing() ? write_tail() : outcome::kept;
}

spool::outcome spool::write_tail() {
  counted_ -= flying_;  // they have arrived
  place_.memory.count_out(flying_);
  flying_ = 0;
  if (!place_.disk->take(place_.owner, tail_.size())) return outcome::no_room;
  file_->taken += tail_.size();
  const std::size_t size = tail_.size();
  const auto write = [f = file_, bytes = std::move(tail_), at = in_file_] { f->write(bytes, at); };
  tail_ = {};
  in_file_ += size;
  flying_ = size;
  in_flight_ = threads_->submit(place_.owner, write, place_.rings);
  if (!in_flight_) file_->failed.store(true, std::memory_order_release);  // nobody writes them: they are lost
  return in_flight_ ? outcome::kept : outcome::no_room;
}

io_result spool::send(stream& to, std::uint64_t at) const {
  if (at < memory_.size()) return to.write(memory_.data() + at, std::min(memory_.size() - static_cast<std::size_t>(at), piece));
  const std::uint64_t offset = at - memory_.size();
  if (offset >= in_file_) {
    const auto from = static_cast<std::size_t>(offset - in_file_);
    return to.write(tail_.data() + from, std::min(tail_.size() - from, piece));
  }
  if (has_failed()) return {io_status::error, 0, EIO};
  // What was written a moment ago is in the page cache.
  char room[piece];
  const ssize_t n = ::pread(file_->fd, room, static_cast<std::size_t>(std::min<std::uint64_t>(piece, in_file_ - offset)), static_cast<off_t>(offset));
  if (n <= 0) return {io_status::error, 0, EIO};
  return to.write(room, static_cast<std::size_t>(n));
}

}  // namespace waggle::proxy::io
