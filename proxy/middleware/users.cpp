#include "middleware/users.hpp"

#include "http1/field_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace waggle::proxy::middleware {
namespace {

constexpr std::size_t file_limit = 1024 * 1024;

/// "open F: no such file or directory", as Go says it.
base::text_error failed(const char* what, const std::string& path, int error) {
  std::string why = std::strerror(error);
  if (!why.empty()) why[0] = http::to_lower(why[0]);
  return base::text_error{std::string(what) + " " + path + ": " + why};
}

base::text_result<std::vector<std::string>> read_lines(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a label may name a FIFO: do not wait for it
  if (fd < 0) return failed("open", path, errno);
  struct stat about {};
  std::string text;
  int error = 0;
  if (::fstat(fd, &about) != 0) error = errno;
  else if (S_ISDIR(about.st_mode)) error = EISDIR;
  else if (!S_ISREG(about.st_mode)) error = EINVAL;
  char piece[4096];
  while (error == 0) {
    const ssize_t n = ::read(fd, piece, sizeof piece);
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    else text.append(piece, static_cast<std::size_t>(n));
    if (text.size() > file_limit) error = EFBIG;
  }
  ::close(fd);
  if (error != 0) return failed("read", path, error);
  return user_lines(text);
}

base::text_result<user_map> read_users(const model::auth_users& from, int colons) {
  std::vector<std::string> lines = from.users;
  const std::size_t from_labels = lines.size();
  if (!from.users_file.empty()) {
    auto more = read_lines(from.users_file);
    if (!more) return more.error();
    lines.insert(lines.end(), more->begin(), more->end());
  }
  user_map out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const std::size_t last = line.rfind(':');
    const std::string name = line.substr(0, line.find(':'));
    // Neither a hash nor a line of some file that is no users file may get into the log.
    if (std::count(line.begin(), line.end(), ':') != colons || !http1::valid_value(name))
      return base::text_error{"error parsing Authenticator user: " +
                              (i < from_labels ? name : "entry " + std::to_string(i - from_labels + 1) + " of " + from.users_file)};
    out[line.substr(0, last)] = line.substr(last + 1);
  }
  return out;
}

}  // namespace

std::vector<std::string> user_lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!line.empty() && blank(line.front())) line.remove_prefix(1);
    while (!line.empty() && blank(line.back())) line.remove_suffix(1);
    if (!line.empty() && line.front() != '#') out.emplace_back(line);
  }
  return out;
}

base::text_result<user_map> basic_users(const model::auth_users& from) { return read_users(from, 1); }
base::text_result<user_map> digest_users(const model::auth_users& from) { return read_users(from, 2); }

}  // namespace waggle::proxy::middleware
