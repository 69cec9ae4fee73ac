// The discovery facade: watches the Engine, hands over complete configurations. It knows nothing of the proxy.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/discovery/refusals.hpp>
#include <waggle/discovery/status.hpp>
#include <waggle/discovery/swarm_view.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace waggle::discovery {

/// A complete new picture. `config` changed, or it is the first one.
struct update {
  std::uint64_t generation = 0;
  std::shared_ptr<const model::configuration> config;
  std::shared_ptr<const model::verdict_list> verdicts;  ///< sorted by service name; before the proxy had its say
  std::vector<change_view> changes{};                   ///< since the update before, for people; at most 100
};

/// Called on the discovery thread; may block for as long as compiling a table takes. @return what of it is not served, which
/// then stands in the verdicts.
using publish_handler = std::function<refusals(const update&)>;

class controller {
 public:
  controller(options opts, base::logger& log, publish_handler publish);
  ~controller();  ///< stops and joins
  controller(const controller&) = delete;
  controller& operator=(const controller&) = delete;

  void start();
  void stop();  ///< returns once the thread has ended; thread: any but the discovery thread
  /// A hint from the data path or a signal: look at the swarm now. Thread: any; never blocks; coalesced.
  void look_now(const std::string& reason);
  /// Thread: any.
  discovery::status status() const;
  /// The last verdicts, also when the configuration did not change. Thread: any.
  std::shared_ptr<const model::verdict_list> verdicts() const;

  /// Services and tasks as last seen. Thread: any; cost O(tasks).
  swarm_view swarm() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace waggle::discovery
