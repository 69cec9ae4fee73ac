// What is served now, provider by provider: the one list that the proxy and the API are given.
#pragma once

#include <waggle/model/configuration.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace waggle::app {

/// Thread: any.
class published {
 public:
  using list = std::vector<model::provider_configuration>;

  /// Puts the provider's newest configuration in its place. @return the whole list.
  list set(const std::string& provider, std::shared_ptr<const model::configuration> config) {
    const std::lock_guard lock(mutex_);
    for (model::provider_configuration& p : list_)
      if (p.provider == provider) {
        p.config = std::move(config);
        return list_;
      }
    list_.push_back({provider, std::move(config)});
    return list_;
  }

  list get() const {
    const std::lock_guard lock(mutex_);
    return list_;
  }

 private:
  mutable std::mutex mutex_;
  list list_;
};

}  // namespace waggle::app
