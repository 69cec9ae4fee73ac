// Two services that want the same connections below HTTP: the older one keeps them. Pure.
#pragma once

#include "translate/memory.hpp"

#include <waggle/model/tcp.hpp>
#include <waggle/model/udp.hpp>
#include <waggle/model/verdict.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

inline constexpr const char* entry_point_taken = "entry-point-taken";
inline constexpr const char* shared_options_differ = "shared-options-differ";

/// A router that is asked for, and how old who asks is.
template <class Router>
struct layer4_rival {
  std::shared_ptr<const Router>* router;  ///< null afterwards: nothing is left for it; another one: it lost something
  const backend_draft* behind = nullptr;
};

struct layer4_loss {
  const backend_draft* who = nullptr;
  std::string router;
  bool all = false;  ///< nothing is left of the router
  model::diagnostic finding;
};

std::vector<layer4_loss> settle_rivals(std::vector<layer4_rival<model::tcp_router>> all);
std::vector<layer4_loss> settle_rivals(std::vector<layer4_rival<model::udp_router>> all);

}  // namespace waggle::discovery
