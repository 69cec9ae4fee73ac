// Puts the plans and placements of all services together: indices, shared backends, names that collide. The part of
// translation that looks at more than one service.
#pragma once

#include "translate/duplicates.hpp"
#include "translate/placement.hpp"

#include <map>
#include <unordered_map>
#include <vector>

namespace waggle::discovery {

class assembly {
 public:
  assembly(const options& opts, const address_claims& claims, bool debug) : opts_(opts), claims_(claims), debug_(debug) {}

  /// Services in the Engine's order: indices in frontend names depend on it.
  void add(const service_view& view, const service_plan& plan, const placement& where);

  struct outcome {
    bool refused = false;
    model::configuration config;
    std::vector<model::verdict> verdicts;
    std::vector<log_note> lines;
  };
  outcome finish() &&;

 private:
  struct open_backend {
    model::backend backend;
    std::vector<std::size_t> services;  // indices of verdicts, first owner first
  };

  void say(base::log_level level, std::string text);
  void say(const std::vector<log_note>& lines);
  bool kept(const service_plan& plan, const std::string& item);
  void add_item(const service_view& view, const service_plan& plan, const placed_item& item);
  void add_frontend(const service_view& view, const segment_plan& segment, std::size_t index);
  open_backend& backend_of(const service_view& view, const segment_plan& segment);
  void judge_service(const service_view& view, const service_plan& plan, const placement& where);
  void tell_shared_rules();

  const options& opts_;
  const address_claims& claims_;
  bool debug_;
  outcome out_;
  std::size_t index_ = 0;
  std::unordered_map<std::string, bool> service_keys_;          // Traefik's K: first come, first served
  std::unordered_map<std::string, std::size_t> frontend_names_;  // → position in config.frontends
  std::unordered_map<std::string, open_backend> backends_;
};

}  // namespace waggle::discovery
