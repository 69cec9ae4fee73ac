// How much a second goes over each TCP and UDP service and server: the kernel's estimate, looked at every two seconds.
#pragma once

#include "admin/rate_estimator.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace waggle::app::admin {

ipvs::figures figures_of(const proxy::layer4_counts& c) noexcept;

/// Thread: any. Of who is gone nothing is kept.
class layer4_rates {
 public:
  using time = ipvs::rate_estimator::time;

  /// @param begun  from when on it counts.
  explicit layer4_rates(time begun) noexcept : looked_at_(begun) {}

  /// To be called every rate_estimator::interval.
  void look(const proxy::layer4_figures& now_are, time now);

  ipvs::figures of(const proxy::layer4_service_figures& s) const;
  ipvs::figures of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& server) const;

 private:
  using estimators = std::map<std::string, ipvs::rate_estimator, std::less<>>;
  ipvs::figures find(std::string_view key) const;
  void advance(estimators& next, std::string key, const proxy::layer4_counts& total, time now);

  mutable std::mutex mutex_;
  estimators known_;
  time looked_at_;
};

}  // namespace waggle::app::admin
