// A service's labels → its plan. Pure.
#pragma once

#include "swarm/types.hpp"
#include "translate/service_plan.hpp"

#include <waggle/discovery/options.hpp>

#include <memory>

namespace waggle::discovery {

/// Do both give the same plan? By what decides, not by version: test engines and restored swarms reuse versions.
bool same_plan(const service& a, const service& b);
std::shared_ptr<const service_plan> make_plan(const service& s, const options& opts);

}  // namespace waggle::discovery
