#include "middleware/chain.hpp"

#include <utility>
#include <variant>

namespace waggle::proxy::middleware {

step_result run_steps(std::span<const chain_step> steps, std::size_t& next, const request_info& about, http::request& request, passed& said) {
  while (next < steps.size()) {
    step_result result = steps[next++].run->on_request(about, request);
    passed* const one = std::get_if<passed>(&result);
    if (!one) return result;
    if (!one->user.empty()) said.user = std::move(one->user);
    said.secure = said.secure || one->secure;
  }
  return passed{};
}

}  // namespace waggle::proxy::middleware
