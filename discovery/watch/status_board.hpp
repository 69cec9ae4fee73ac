// The one place where the discovery thread leaves word for others: status and verdicts, behind one mutex.
#pragma once

#include <waggle/discovery/status.hpp>
#include <waggle/model/verdict.hpp>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace waggle::discovery {

using verdict_list = std::shared_ptr<const std::vector<model::verdict>>;

/// Thread: any.
class status_board {
 public:
  discovery::status status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  verdict_list verdicts() const {
    const std::lock_guard lock(mutex_);
    return verdicts_;
  }
  template <class Edit>
  void edit(Edit change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  void show(verdict_list v) {
    const std::lock_guard lock(mutex_);
    verdicts_ = std::move(v);
  }

 private:
  mutable std::mutex mutex_;
  discovery::status status_;
  verdict_list verdicts_ = std::make_shared<const std::vector<model::verdict>>();
};

}  // namespace waggle::discovery
