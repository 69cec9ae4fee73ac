// From a picture to what is in force: translates, compares with the last, says what changed, hands over. Knows neither the
// Engine nor time.
#pragma once

#include "swarm/snapshot.hpp"
#include "translate/translate.hpp"

#include <waggle/base/log.hpp>
#include <waggle/discovery/controller.hpp>
#include <waggle/model/configuration.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery {

class publisher {
 public:
  publisher(const options& opts, base::logger& log, publish_handler publish)
      : opts_(opts), log_(log), publish_(std::move(publish)), translator_(opts) {}

  /// @param round  a full look: in compat mode each of them prints Traefik's lines, changed or not.
  void show(const snapshot& picture, const own_networks& own, bool round);

  std::uint64_t generation() const noexcept { return generation_; }
  const std::shared_ptr<const model::verdict_list>& verdicts() const noexcept { return verdicts_; }

 private:
  void say_lines(const translation& t, bool each_round);
  void say_verdicts(const model::verdict_list& verdicts);
  void say_changes(const model::configuration& next, const snapshot& picture);
  /// The translation's verdicts with what the proxy refuses.
  std::shared_ptr<const model::verdict_list> judged(std::shared_ptr<const model::verdict_list> verdicts) const;

  options opts_;
  base::logger& log_;
  publish_handler publish_;
  translator translator_;
  std::uint64_t generation_ = 0;
  std::shared_ptr<const model::configuration> config_;
  std::shared_ptr<const model::verdict_list> verdicts_ = std::make_shared<const model::verdict_list>();
  refusals refused_;  ///< of the configuration in force
  snapshot picture_;
  own_networks own_;
  std::vector<log_note> said_;
  std::vector<change_view> told_changes_;  ///< of the publish in progress
  bool said_debug_ = false;
  bool shown_ = false;
};

}  // namespace waggle::discovery
