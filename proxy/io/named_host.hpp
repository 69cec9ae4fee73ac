// A host name and the addresses it has now: asked on a thread of its own, kept for half a minute, the last good ones for as
// long as the name service is silent. Known addresses are served while they are asked for anew. One object for each configured
// name, shared by workers.
#pragma once

#include "io/address.hpp"
#include "io/side_threads.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace waggle::proxy::io {

class named_host {
 public:
  static constexpr time_ms keep = 30'000, keep_failure = 2'000;
  static constexpr time_ms courtesy = 250;  ///< how long who asks anew waits for the answer before the old one has to do

  /// @param host  a name, or an address without brackets: that is never asked for. @param owner  whose share of the
  /// resolver's threads it takes (side_threads).
  /// @param kept_for  how long an answer of the name service is good.
  named_host(std::string host, std::uint16_t port, side_threads::owner owner, time_ms kept_for = keep);

  /// Addresses to try in this order; none: the name does not resolve, or the wait ended (see finished()).
  static task<std::vector<socket_address>> addresses(std::shared_ptr<named_host> self, loop& l, waiter& wait, readiness& client, time_ms due);

 private:
  void ask(time_ms now);  // on a side thread

  const std::string host_;
  const std::uint16_t port_;
  const side_threads::owner owner_;
  const time_ms kept_for_;
  std::shared_ptr<side_threads> threads_;  // null: an address
  std::mutex mutex_;
  std::vector<socket_address> known_;
  time_ms until_ = 0;
  side_threads::ticket asking_;
};

}  // namespace waggle::proxy::io
