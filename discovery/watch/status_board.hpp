// The one place where the discovery thread leaves word for others: status and verdicts, behind one mutex.
#pragma once

#include "swarm/snapshot.hpp"

#include <waggle/discovery/status.hpp>
#include <waggle/model/verdict.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery {

using shared_verdicts = std::shared_ptr<const model::verdict_list>;

/// Thread: any.
class status_board {
 public:
  discovery::status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  shared_verdicts verdicts() const {
    const std::lock_guard lock(mutex_);
    return verdicts_;
  }
  template <class Edit>
  void edit(Edit change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  snapshot picture() const {
    const std::lock_guard lock(mutex_);
    return picture_;
  }
  void show(const snapshot& picture) {
    snapshot copy = picture;  // of pointers; freed outside the lock
    const std::lock_guard lock(mutex_);
    std::swap(picture_, copy);
  }
  /// What the Engine says of tasks that do not start or stay, by service id.
  std::map<std::string, std::string> troubles() const {
    const std::lock_guard lock(mutex_);
    return troubles_;
  }
  void show(std::map<std::string, std::string> troubles) {
    const std::lock_guard lock(mutex_);
    std::swap(troubles_, troubles);
  }
  void show(shared_verdicts v) {
    const std::lock_guard lock(mutex_);
    verdicts_ = std::move(v);
  }

 private:
  mutable std::mutex mutex_;
  discovery::status status_;
  snapshot picture_;
  std::map<std::string, std::string> troubles_;
  shared_verdicts verdicts_ = std::make_shared<const model::verdict_list>();
};

}  // namespace waggle::discovery
