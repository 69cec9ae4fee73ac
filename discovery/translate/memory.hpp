// What one service and one backend came to in the last round, so that the next round makes only what changed: the same
// plan and placement give the same pieces, and the pieces themselves (not copies) go into the next configuration.
#pragma once

#include "translate/placement.hpp"

#include <waggle/model/middleware.hpp>
#include <waggle/model/router.hpp>
#include <waggle/model/service.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::discovery {

using made_middlewares = std::vector<std::shared_ptr<const model::middleware>>;

/// Those that are as they were stay the same pieces.
inline void renew(made_middlewares& kept, std::vector<model::middleware> now) {
  made_middlewares next;
  next.reserve(now.size());
  for (model::middleware& m : now) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const auto& k) { return *k == m; });
    next.push_back(same != kept.end() ? *same : std::make_shared<const model::middleware>(std::move(m)));
  }
  kept = std::move(next);
}

struct made_frontend {
  const segment_plan* from = nullptr;
  std::shared_ptr<const model::router> piece;  ///< names its own middlewares and the backend's
  std::shared_ptr<model::router> unnamed;      ///< the piece, until it names them; then null
  std::string name_wanted;                     ///< the piece's name, but for what sets it apart from another's; empty: never asked
  std::size_t index = 0;                       ///< that is in it
  made_middlewares middlewares;                ///< its own
  std::vector<log_note> default_lines;
};

/// One service, as the translator knows it from round to round.
struct cached_service {
  std::shared_ptr<const service_view> view;
  std::shared_ptr<const service_plan> plan;
  std::shared_ptr<const placement> where;
  base::shared_text id, name;            ///< of the service, shared by its servers
  std::vector<made_frontend> frontends;  ///< one for each segment that made one
  std::uint64_t round = 0;
};

/// What a backend's servers come from. Equal contributions make equal servers.
struct contribution {
  std::shared_ptr<const service_plan> plan;
  std::shared_ptr<const placement> where;
  std::size_t segment = 0;
  bool operator==(const contribution&) const = default;
};

struct made_backend {
  std::vector<contribution> from;  ///< first who gave the options; empty: never the same again (an address is disputed)
  std::shared_ptr<const model::service> piece;
  made_middlewares middlewares;
  std::vector<log_note> lines, default_lines;
  std::uint64_t round = 0;
};

/// Who asks for a backend, and whose servers it gets.
struct backend_draft {
  struct share {
    const cached_service* service = nullptr;
    std::size_t segment = 0;
    bool disputed = false;  ///< some of its addresses are
  };
  share options;  ///< of the first that asked for it
  std::vector<share> from;
  std::vector<const cached_service*> asking;
  /// What its servers come from, first who gives the options; empty: never the same again (an address is disputed).
  std::vector<contribution> contributions() const {
    if (std::any_of(from.begin(), from.end(), [](const share& s) { return s.disputed; })) return {};
    std::vector<contribution> out{{options.service->plan, nullptr, options.segment}};
    for (const share& s : from) out.push_back({s.service->plan, s.service->where, s.segment});
    return out;
  }
  /// Replicas that they want together; unknown_replicas: nobody says.
  std::uint64_t replicas() const noexcept {
    std::uint64_t sum = 0;
    for (const cached_service* k : asking) {
      if (!k->view->spec.replicas) return model::unknown_replicas;
      sum += std::min<std::uint64_t>(*k->view->spec.replicas, 1'000'000);
    }
    return sum;
  }
};

using open_backends = std::unordered_map<std::string, backend_draft>;  ///< by name
using backend_memory = std::unordered_map<std::string, made_backend>;

}  // namespace waggle::discovery
