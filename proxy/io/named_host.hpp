// A host name and the addresses it has now: asked on the resolver's thread, kept for half a minute, the last good ones for as
// long as the name service is silent. One object for each configured name, shared by workers.
#pragma once

#include "io/address.hpp"
#include "io/side_thread.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace waggle::proxy::io {

class named_host {
 public:
  static constexpr time_ms keep = 30'000, keep_failure = 2'000;

  /// @param host  a name, or an address without brackets: that is never asked for.
  named_host(std::string host, std::uint16_t port);

  /// Addresses to try in this order; none: the name does not resolve, or the wait ended (see finished()).
  static task<std::vector<socket_address>> addresses(std::shared_ptr<named_host> self, loop& l, waiter& wait, stream& client, time_ms due);

 private:
  void ask(time_ms now);  // on the resolver's thread

  const std::string host_;
  const std::uint16_t port_;
  std::shared_ptr<side_thread> thread_;  // null: an address
  std::mutex mutex_;
  std::vector<socket_address> known_;
  time_ms until_ = 0;
  side_thread::ticket asking_;
};

}  // namespace waggle::proxy::io
