#include "middleware/chain.hpp"

#include <utility>
#include <variant>

namespace waggle::proxy::middleware {

step_result run_steps(std::span<const chain_step> steps, std::size_t& next, const request_info& about, http::request& request, passed& said,
                      passed_limits& limits) {
  while (next < steps.size()) {
    const chain_step& one = steps[next++];
    if (one.counts) {
      if (auto refusal = limits.ask(*one.counts, about)) return std::move(*refusal);
      continue;
    }
    step_result result = one.run->on_request(about, request);
    passed* const agreed = std::get_if<passed>(&result);
    if (!agreed) return result;
    if (!agreed->user.empty()) said.user = std::move(agreed->user);
    said.secure = said.secure || agreed->secure;
  }
  return passed{};
}

}  // namespace waggle::proxy::middleware
