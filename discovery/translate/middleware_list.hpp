// The middlewares of a configuration by name, from round to round: mostly they are those of the last round but for a few, and
// then nothing is sorted; if they are the same, the list itself is.
#pragma once

#include <waggle/model/middleware.hpp>
#include <waggle/model/parts.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace waggle::discovery {

class middleware_list {
 public:
  using piece = std::shared_ptr<const model::middleware>;

  /// @param all  each once, in an order that is much the same from round to round.
  /// Cost: a comparison of pointers for each; if many changed, a sort.
  const model::parts<model::middleware>& sorted(const std::vector<const piece*>& all);

 private:
  struct difference {
    std::vector<const model::middleware*> gone;
    std::vector<const piece*> fresh;
  };
  /// @return false: too much changed.
  bool compare(const std::vector<const piece*>& all, difference& out) const;
  /// @return none: the last round's has two of a name.
  std::optional<model::parts<model::middleware>> changed_by(difference d) const;

  std::vector<const model::middleware*> order_;  // of the last round, as they were given; sorted_ holds them
  model::parts<model::middleware> sorted_;
};

}  // namespace waggle::discovery
