#include "file/content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace waggle::discovery::file {
namespace {

using outcome = base::text_result<std::string>;

constexpr std::size_t most_bytes = 16 * 1024 * 1024;

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

base::text_error failed(const char* doing) { return {std::string("cannot be ") + doing + ": " + std::generic_category().message(errno)}; }

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {}
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace

signature look_at(const std::string& path) {
  struct stat s {};
  if (::stat(path.c_str(), &s) != 0) return {};
  return {s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size), nanoseconds(s.st_mtim), nanoseconds(s.st_ctim)};
}

base::text_result<std::string> read_content(const std::string& path) {
  const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));  // a pipe would block for ever
  if (file.get() < 0) return failed("opened");
  struct stat s {};
  if (::fstat(file.get(), &s) != 0) return failed("read");
  if (!S_ISREG(s.st_mode)) return base::text_error{"is not a regular file"};
  std::string out;
  std::array<char, 65'536> part;
  for (;;) {
    const ssize_t n = ::read(file.get(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read");
    if (n == 0) break;
    out.append(part.data(), static_cast<std::size_t>(n));
    if (out.size() > most_bytes) return base::text_error{"is larger than 16 MiB"};
  }
  // Whoever rewrites a file in place empties it first: not to be taken for "no routes".
  if (out.empty()) return base::text_error{"is empty; to serve no routes, write a comment into it"};
  return outcome(boost::system::in_place_value, std::move(out));
}

}  // namespace waggle::discovery::file
