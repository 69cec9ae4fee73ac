// Puts the TCP and UDP parts of all services together: virtual services that several share, names that collide, entry points that two
// want. The part of translation below HTTP that looks at more than one service.
#pragma once

#include "translate/layer4_memory.hpp"

#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::discovery {

/// A router, and who asks for it.
template <class Router>
struct layer4_claim {
  std::shared_ptr<const Router> router;
  const backend_draft* behind = nullptr;  ///< the virtual service that it leads to
};

class layer4_builder {
 public:
  layer4_builder(const address_claims& claims, layer4_memory& memory, std::uint64_t round) : maker_{claims, memory, round} {}

  /// Services in the Engine's order: the first of those that share a virtual service gives its options.
  /// @param verdict  the service's own, not judged yet. @param place  where it stands in the list that finish() gets
  void add(const cached_service& service, model::verdict& verdict, std::size_t place);

  /// @param verdicts  as add() counted them; who loses an entry point is told
  layer4_drafts finish(model::configuration& into, model::verdict_list& verdicts) &&;

 private:
  template <class Router>
  struct claim_list {
    std::vector<layer4_claim<Router>> routers;
    std::unordered_map<std::string, std::size_t> names;  ///< → place in the list
  };
  template <class Part, class Router>
  void add_part(const cached_service& service, const Part& part, const backend_draft::share& share, open_backends& drafts, claim_list<Router>& claims,
                std::vector<std::string>& names);

  layer4_maker maker_;
  layer4_drafts drafts_;
  claim_list<model::tcp_router> tcp_;
  claim_list<model::udp_router> udp_;
  std::unordered_map<const cached_service*, std::size_t> places_;  // of verdicts
  std::vector<std::pair<const cached_service*, std::vector<model::diagnostic>>> told_;
};

}  // namespace waggle::discovery
