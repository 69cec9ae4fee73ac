// What is served now, provider by provider: the one list that the proxy and the API are given.
#pragma once

#include <waggle/model/configuration.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace waggle::app {

/// Thread: any.
class published {
 public:
  using list = std::vector<model::provider_configuration>;

  /// Puts the provider's newest configuration in its place. @return the whole list, by name as Go's JSON has it.
  list set(const std::string& provider, std::shared_ptr<const model::configuration> config) {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(list_.begin(), list_.end(),
                                 [&](const model::provider_configuration& p) { return p.provider >= provider; });
    if (at != list_.end() && at->provider == provider)
      at->config = std::move(config);
    else
      list_.insert(at, {provider, std::move(config)});
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
