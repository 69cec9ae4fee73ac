// A tour of the connections of one worker that are relayed, some in each turn of its loop: there may be 100,000, and its clients wait
// meanwhile. Connections end between two turns, and servers come and go; who comes later is not on the tour.
#pragma once

#include "plan/backend.hpp"
#include "upstream/endpoint.hpp"
#include "upstream/layer4_state.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace waggle::proxy {

/// Only one at a time for each worker: servers remember where it is. Thread: the worker's, for next().
class layer4_tour {
 public:
  static constexpr std::size_t in_a_turn = 1'000;

  /// @param servers  of the worker's registry. @param visit  with a client_link, which must not end by it.
  /// @return false: that was all.
  template <class Visit>
  bool next(const std::vector<upstream::endpoint*>& servers, Visit&& visit, std::size_t most = in_a_turn) {
    for (; at_ < servers.size(); ++at_, begun_ = false) {
      upstream::layer4_state* const s = servers[at_] ? servers[at_]->layer4.get() : nullptr;
      if (!s) continue;
      if (!std::exchange(begun_, true)) s->next_asked = s->links;
      while (s->next_asked) {
        if (most-- == 0) return true;
        visit(*std::exchange(s->next_asked, s->next_asked->next_link));
      }
    }
    return false;
  }

 private:
  std::size_t at_ = 0;
  bool begun_ = false;
};

}  // namespace waggle::proxy
