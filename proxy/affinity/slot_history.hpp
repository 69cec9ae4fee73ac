// Which server took whose place: remembers the servers that left each sticky backend, so that a cookie that names one of them
// leads to the task that has its slot now, over any number of generations. Publish side; requests read backend::departed.
#pragma once

#include "plan/backend.hpp"

#include <waggle/base/clock.hpp>

#include <cstdint>
#include <iterator>
#include <string>
#include <unordered_map>

namespace waggle::proxy::affinity {

class slot_history {
 public:
  /// Told of every new version of a sticky backend. Fills `arrival` and `departed`.
  /// @param key  of the backend, stable over publishes.
  void update(const std::string& key, plan::backend& b, base::mono_time now);
  /// Forgets backends that have not been served for `remembered`. @param served  is a backend of this key there now?
  template <class Served>
  void sweep(Served&& served, base::mono_time now) {
    for (auto it = memories_.begin(); it != memories_.end();) {
      if (served(it->first)) it->second.served = now;
      it = now - it->second.served > remembered ? memories_.erase(it) : std::next(it);
    }
  }

  static constexpr base::seconds remembered{600};  ///< at least; longer while there are few of them
  static constexpr std::size_t few = 64;           ///< … or twice the servers: these are kept however old
  static constexpr std::size_t most = 1024;        ///< departed servers of one backend; or four times the servers

 private:
  struct seen {
    std::string slot;
    std::uint16_t port = 0;
    bool here = true;
    base::mono_time left{};
    std::uint64_t arrival = 0;
  };
  struct memory {
    std::unordered_map<std::string, seen> by_url;
    std::uint64_t arrivals = 0;
    base::mono_time served{};
  };
  static void forget_old(memory& m, std::size_t servers, base::mono_time now);

  std::unordered_map<std::string, memory> memories_;
};

}  // namespace waggle::proxy::affinity
