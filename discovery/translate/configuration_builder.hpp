// Puts the plans and placements of all services together: indices, shared backends, names that collide. The part of
// translation that looks at more than one service.
#pragma once

#include "translate/address_claims.hpp"
#include "translate/layer4_builder.hpp"
#include "translate/memory.hpp"
#include "translate/middleware_list.hpp"

#include <waggle/model/configuration.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace waggle::discovery {

class configuration_builder {
 public:
  /// @param backends, middlewares, below_http  of the last round; they become those of this one.
  configuration_builder(const options& opts, const address_claims& claims, backend_memory& backends, middleware_list& middlewares,
                        layer4_memory& below_http, std::uint64_t round, bool debug)
      : opts_(opts), claims_(claims), memory_(backends), middlewares_(middlewares), round_(round), debug_(debug), layer4_(claims, below_http, round) {
    service_keys_.reserve(memory_.size());
    frontend_names_.reserve(memory_.size());
    backends_.reserve(memory_.size());
  }

  /// Services in the Engine's order: indices in frontend names depend on it. Each is added once and outlives this.
  void add(cached_service& service);

  struct outcome {
    bool refused = false;
    model::configuration config;
    model::verdict_list verdicts;
    std::vector<log_note> lines;
    open_backends backends;
    layer4_drafts layer4;
  };
  outcome finish() &&;

 private:
  void say(base::log_level level, std::string text);
  void say(const std::vector<log_note>& lines);
  bool kept(const service_plan& plan, const service& spec, const addressed_task* item);
  bool served_by_others(const cached_service& known);
  bool add_items(cached_service& known);
  void add_pieces(cached_service& known, std::size_t index, bool has_servers, bool disputed_any);
  void share_frontend(const cached_service& known, const segment_plan& segment, const made_frontend* made);
  void add_frontend(cached_service& known, const segment_plan& segment, std::size_t index);
  void make_frontend(made_frontend& made, const std::string& family, std::string name) const;
  backend_draft& backend_of(const cached_service& known, std::size_t number);
  void name_middlewares();
  void tell_of_rivals();
  void tell_of_unreachable();

  const options& opts_;
  const address_claims& claims_;
  backend_memory& memory_;
  middleware_list& middlewares_;
  std::uint64_t round_;
  bool debug_;
  outcome out_;
  std::size_t index_ = 0;
  std::unordered_map<std::string, const made_frontend*> service_keys_;  // Traefik's K: first come, first served
  std::unordered_set<std::string_view> frontend_names_;                 // in the pieces
  std::vector<made_frontend*> frontends_;
  std::vector<std::pair<const cached_service*, const segment_plan*>> unreachable_;  // that would have one if they could be reached
  open_backends backends_;
  layer4_builder layer4_;
};

}  // namespace waggle::discovery
