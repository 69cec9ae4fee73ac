// What is served now, provider by provider: the one list that the proxy and the API are given.
#pragma once

#include <waggle/model/configuration.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app {

/// Thread: any.
class published {
 public:
  using list = std::vector<model::provider_configuration>;

  /// Puts the provider's newest configuration in its place. @return the whole list, by name as Go's JSON has it; null for
  /// a provider that has not spoken yet.
  list set(const std::string& provider, std::shared_ptr<const model::configuration> config) {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(list_.begin(), list_.end(), [&](const model::provider_configuration& p) { return p.provider >= provider; });
    if (at != list_.end() && at->provider == provider) at->config = std::move(config);
    else list_.insert(at, {provider, std::move(config)});
    return list_;
  }

  /// The provider will speak, but has not yet: the proxy answers 503, not 404, to what nobody serves until then.
  void expect(const std::string& provider) { set(provider, nullptr); }

  /// The first provider that will speak and has not yet; empty: all have.
  std::string awaited() const {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(list_.begin(), list_.end(), [](const model::provider_configuration& p) { return p.config == nullptr; });
    return at == list_.end() ? std::string() : at->provider;
  }

  /// Without those that have not spoken.
  list get() const {
    const std::lock_guard lock(mutex_);
    list out = list_;
    std::erase_if(out, [](const model::provider_configuration& p) { return p.config == nullptr; });
    return out;
  }

 private:
  mutable std::mutex mutex_;
  list list_;
};

}  // namespace waggle::app
