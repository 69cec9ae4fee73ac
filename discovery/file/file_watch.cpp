#include "file/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>

namespace waggle::discovery::file {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as the kernel: path_resolution(7)
constexpr std::uint32_t of_folder =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// The file itself, too: what is written through another mount of it does not show in this mount's folder.
constexpr std::uint32_t of_file = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

std::vector<std::pair<std::string, std::string>> waypoints(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> out;
  std::error_code ec;
  std::vector<fs::path> left;  // names still to walk, the next one last
  const auto walk = [&](const fs::path& names) {
    const std::vector<fs::path> parts(names.begin(), names.end());
    left.insert(left.end(), parts.rbegin(), parts.rend());
  };
  walk(fs::absolute(path, ec).relative_path());
  fs::path at = "/";
  for (int links = 0; !left.empty();) {
    const fs::path name = std::move(left.back());
    left.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      at = at.parent_path();
      continue;
    }
    const fs::path here = at / name;
    const fs::file_status status = fs::symlink_status(here, ec);
    const bool link = fs::is_symlink(status);
    if (link || left.empty() || !fs::exists(status)) out.emplace_back(at.string(), name.string());
    if (!fs::exists(status)) return out;
    if (!link) {
      at = here;
      continue;
    }
    const fs::path target = fs::read_symlink(here, ec);
    if (ec || ++links > most_links) return out;
    if (target.is_absolute()) at = "/";
    walk(target.relative_path());
  }
  return out;
}

file_watch::~file_watch() { disarm(); }

void file_watch::disarm() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  names_.clear();
}

bool file_watch::arm() {
  disarm();
  fd_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd_ < 0) return false;
  bool all = true;
  for (const auto& [folder, name] : waypoints(path_)) {
    const int watch = ::inotify_add_watch(fd_, folder.c_str(), of_folder);
    if (watch >= 0) names_[watch].insert(name);
    all = all && watch >= 0;
  }
  if (const int watch = ::inotify_add_watch(fd_, path_.c_str(), of_file); watch >= 0) names_[watch];
  return all;
}

bool file_watch::take() {
  bool concerns = false;
  alignas(inotify_event) std::array<char, 16'384> buffer;
  for (;;) {
    const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
    if (n <= 0) return concerns;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(n);) {
      inotify_event e;
      std::memcpy(&e, buffer.data() + at, sizeof e);
      const char* name = buffer.data() + at + sizeof e;  // padded with zero bytes; absent for the watched thing itself
      const auto watch = names_.find(e.wd);
      concerns = concerns || e.len == 0 || watch == names_.end() || watch->second.contains(name);
      at += sizeof e + e.len;
    }
  }
}

}  // namespace waggle::discovery::file
