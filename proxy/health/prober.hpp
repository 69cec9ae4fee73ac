// Health checks that labels ask for (Traefik 1.7 section 7.5): one thread of its own asks every server at once when it
// appears and then in its interval; the result is one relaxed flag that workers read.
#pragma once

#include "health/settings.hpp"
#include "plan/server_health.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/options.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::health {

/// One server of one backend.
struct target {
  std::shared_ptr<plan::server_health> state;
  health::probe probe;
  std::string backend, url;  ///< for the log
  unsigned weight = 1;
  bool first = false;  ///< of its backend: it writes the backend's debug lines
};

/// Is an answer with this status a sign of health?
constexpr bool healthy(unsigned status) noexcept { return status >= 200 && status < 400; }

/// Where a redirect of a health check leads, if it is on the same server; else empty (then its 3xx counts: healthy).
std::string redirect_target(const probe& p, std::string_view location);

class prober {
 public:
  /// @param on_up  called on the prober's thread when a server has become usable.
  prober(const options& opts, base::logger& log, std::function<void()> on_up = {});
  ~prober();
  prober(const prober&) = delete;

  /// Replaces what is asked. Checks that did not change go on in their rhythm. Thread: one caller at a time.
  void update(std::vector<target> targets);

 private:
  class impl;
  const options& opts_;
  base::logger& log_;
  std::function<void()> on_up_;
  std::unique_ptr<impl> impl_;  ///< from the first target on: nobody else pays for a thread
};

}  // namespace waggle::proxy::health
