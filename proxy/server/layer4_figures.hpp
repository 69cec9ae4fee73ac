// What workers have counted below HTTP, added up, and what is open there.
#pragma once

#include "routing/table.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/proxy/layer4_figures.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

class worker;

/// Where clients come in, by number of the entry point: its name, and its address as operators know it.
struct entrance_name {
  std::string entry_point, address;
};
/// @param written  the address as it was configured, @param bound  … as it was bound. ":80" is all addresses: to LVS' operators 0.0.0.0.
std::string shown_address(std::string_view written, std::string_view bound);

/// Thread: any but a worker's, for all; callers wait for each other.
class layer4_reader {
 public:
  using worker_list = std::vector<std::unique_ptr<worker>>;

  /// Of the servers and services of `table`. Cost: O(servers), and what `wishes` says.
  layer4_figures read(const worker_list& workers, const std::vector<entrance_name>& entries, std::shared_ptr<const routing::table> table,
                      const layer4_wishes& wishes);

  /// Open connections. @param service  its key; empty: of all. @param most  so many at most.
  std::vector<layer4_connection> list(const worker_list& workers, const std::vector<entrance_name>& entries, std::string_view service,
                                      std::size_t most);

 private:
  /// Under mutex_.
  void ask_open(const worker_list& workers, layer4_wishes::open_connections which);

  std::mutex mutex_;
  base::mono_time asked_at_{}, asked_all_at_{};  ///< when the kernel was asked about open connections; about all of them
};

}  // namespace waggle::proxy
