// Snapshot → configuration and verdicts, with Traefik 1's names and rules (section 4 of its behaviour). No I/O, no clock.
// Keeps what it worked out for each service and uses it again while that service does not change.
#pragma once

#include "translate/memory.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

struct translation {
  bool refused = false;  ///< compat only: a label broke Traefik's template; there is no configuration
  std::shared_ptr<const model::configuration> config;
  std::shared_ptr<const std::vector<model::verdict>> verdicts;  ///< sorted by service name
  std::vector<log_note> lines;                                  ///< Traefik's words for this round
};

class translator {
 public:
  explicit translator(options opts) : opts_(std::move(opts)) {}
  /// @param debug  also collect lines of level debug (one a task: not worth making for nobody).
  translation translate(const snapshot& picture, const own_networks& own, bool debug);

 private:
  known_service& recall(const std::shared_ptr<const service_view>& view);

  options opts_;
  std::unordered_map<std::string, known_service> known_;
  backend_memory backends_;
  bool debug_ = false;  // whether lines of level debug are remembered
  network_map networks_;
  own_networks own_;
  std::uint64_t round_ = 0;
};

}  // namespace waggle::discovery
