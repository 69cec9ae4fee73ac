// A private connection on its way from a worker to the API's thread, and how many there may be. Owned by one object from the moment it
// is made: an exception, a stop or a full queue closes its descriptor once and gives its place back.
#pragma once

#include "admin/seats.hpp"
#include "admin/server_limits.hpp"
#include "startup/internal_kind.hpp"

#include <waggle/proxy/internal_service.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace waggle::app::admin {

/// The descriptors that the server has, by client. Thread: any.
class place_ledger {
 public:
  explicit place_ledger(const server_limits& limits) noexcept : limits_(limits) {}

  /// @return false: the client gets none. When all are taken that is who has as many as others; what it sends in a flood shall not fill
  /// the way to the server's thread either.
  bool take(const std::string& client, bool is_health_check) {
    const std::lock_guard lock(mutex_);
    if (taken_ >= limits_.descriptors() - (is_health_check ? 0 : limits_.local_reserve)) return false;
    const auto own = by_client_.try_emplace(client, 0).first;
    if (!is_health_check && taken_ >= limits_.connections) {
      std::size_t most = 0;
      for (const auto& [name, count] : by_client_) most = std::max(most, count);
      if (most < own->second + 2) {
        if (own->second == 0) by_client_.erase(own);
        return false;
      }
    }
    ++own->second;
    ++taken_;
    return true;
  }
  void give_back(const std::string& client) noexcept {
    const std::lock_guard lock(mutex_);
    const auto own = by_client_.find(client);
    if (--own->second == 0) by_client_.erase(own);
    --taken_;
  }

 private:
  const server_limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> by_client_;
  std::size_t taken_ = 0;
};

/// Our end of a private socket on its way to the server's thread; closed with it, wherever that is given up.
struct newcomer {
  newcomer(place_ledger& counted_in, const proxy::internal_call& from)
      : service(kind_of_service(from.service)),
        peer(client_group(from.client)),
        is_health_check(service == internal_kind::ping && is_this_machine(from.client)),
        counted(counted_in) {
    has_place = counted.take(peer, is_health_check);
  }
  ~newcomer() {
    if (descriptor >= 0) ::close(descriptor);
    if (has_place) counted.give_back(peer);
  }
  newcomer(const newcomer&) = delete;

  const std::optional<internal_kind> service;
  const std::string peer;
  const bool is_health_check;  ///< from this machine, where Swarm asks
  place_ledger& counted;
  bool has_place = false;
  int descriptor = -1;
};

}  // namespace waggle::app::admin
