// Tells that something happened to a file by whatever way its path can come to mean other bytes: written in place, replaced
// by rename, reached by a symlink that is swapped (ConfigMaps), bind-mounted. It only says "look"; what changed is for the
// reader to find out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::file {

/// Folder and entry for each name on the way from `path` to the file that could be changed to lead elsewhere: every symlink
/// and the file itself. Ends early where something is missing.
std::vector<std::pair<std::string, std::string>> waypoints(const std::string& path);

/// Thread: one.
class file_watch {
 public:
  explicit file_watch(std::string path) : path_(std::move(path)) {}
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  /// Begins anew with where the path leads now. What happens from here on is reported; so read the file afterwards.
  /// @return false if the system has no watches left.
  bool arm();
  int descriptor() const noexcept { return fd_; }  ///< readable when there is something to take; -1: not armed
  /// Takes what was reported. @return whether any of it may concern the file.
  bool take();

 private:
  void disarm() noexcept;

  std::string path_;
  int fd_ = -1;
  std::map<int, std::set<std::string>> names_;  // watch → entries of that folder; empty set: the file itself
};

}  // namespace waggle::discovery::file
