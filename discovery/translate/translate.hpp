// Snapshot → configuration and verdicts, with Traefik 1's names and rules (section 4 of its behaviour). No I/O, no clock.
// Keeps what it worked out for each service and uses it again while that service does not change.
#pragma once

#include "translate/address_claims.hpp"
#include "translate/layer4_memory.hpp"
#include "translate/memory.hpp"
#include "translate/middleware_list.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::discovery {

struct translation {
  bool refused = false;  ///< compat only: a label broke Traefik's template; there is no configuration
  std::shared_ptr<const model::configuration> config;
  std::shared_ptr<const model::verdict_list> verdicts;  ///< sorted by service name
  std::vector<log_note> lines;                          ///< Traefik's words for this round
};

class translator {
 public:
  explicit translator(options opts) : opts_(std::move(opts)) {}
  /// @param debug  also collect lines of level debug (one a task: not worth making for nobody).
  /// Cost: of the services that changed, if none came, went, changed its labels or its number of tasks; else of all.
  translation translate(const snapshot& picture, const own_networks& own, bool debug);

 private:
  /// What the last round came to, for the next to change.
  struct standing {
    std::vector<cached_service*> services;  ///< in the picture's order
    std::vector<const service_view*> views;
    open_backends backends;
    layer4_drafts layer4;
    translation result;
    bool claims_void = false;  ///< the claims are no longer those of these views
  };
  static bool same_tasks(const standing& known, const snapshot& picture);
  cached_service& recall(const std::shared_ptr<const service_view>& view);
  /// @param same_claims  the claims are those of this picture.
  translation whole(const snapshot& picture, bool same_claims, bool debug);
  /// @return false: `known` is void.
  bool mend(standing& known, const snapshot& picture);

  options opts_;
  std::unordered_map<std::string, cached_service> known_;
  backend_memory backends_;
  layer4_memory layer4_;
  middleware_list middlewares_;
  address_claims claims_;
  std::optional<standing> standing_;
  bool debug_ = false;  // whether lines of level debug are remembered
  network_map networks_;
  own_networks own_;
  std::uint64_t round_ = 0;
};

}  // namespace waggle::discovery
