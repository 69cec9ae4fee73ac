// From the names that routers have to the middlewares of their configuration. What a router was made of at the last compile mostly
// stands there still; then nothing is looked up.
#pragma once

#include "routing/table.hpp"

#include <waggle/base/result.hpp>
#include <waggle/model/middleware.hpp>
#include <waggle/model/parts.hpp>
#include <waggle/model/router.hpp>

#include <cstddef>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace waggle::proxy::routing {

/// Of one provider, for one compile; the lists outlive it.
class middleware_finder {
 public:
  using list = model::parts<model::middleware>;

  /// @param before  of the last compile; null: there was none.
  middleware_finder(const list* before, const list& all);

  /// Those that the router names, in its order; or why it cannot be served.
  /// @param was  what the last compile made of that router; null: nothing.
  /// @return never null; until the next call
  base::text_result<const middlewares*> of(const model::router& r, const frontend* was);

 private:
  bool stands(const model::router& r, const frontend& was) const;
  std::size_t place(std::string_view name);

  const list& all_;
  const list* before_;
  std::unordered_set<std::string_view> changed_;               // names of those that came, went or are others now
  std::unordered_map<std::string_view, std::size_t> by_name_;  // filled if many are looked up
  middlewares found_;
};

}  // namespace waggle::proxy::routing
