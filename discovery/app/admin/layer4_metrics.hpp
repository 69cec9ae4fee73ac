// TCP and UDP services for /metrics: families of counters by service and by server, told line by line. Without such services there are
// none. Thread: one.
#pragma once

#include "admin/exposition.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace waggle::app::admin {

class layer4_metrics {
 public:
  explicit layer4_metrics(proxy::layer4_figures of);

  struct family {
    const char* name;
    exposition::kind what;
    const char* help;
    std::size_t things;
    std::function<void(exposition&, std::size_t thing)> tell;  ///< as long as its layer4_metrics is there
  };
  /// Those that have something to tell, in order.
  std::vector<family> families() const;

 private:
  struct service_row {
    const proxy::layer4_service_figures* of;
    std::string labels;  ///< as exposition::render makes them
  };
  struct server_row {
    const proxy::layer4_server_figures* of;
    std::string labels;
  };
  void add(const proxy::layer4_service_figures& s);
  void add_service_families(std::vector<family>& to) const;
  void add_server_families(std::vector<family>& to) const;

  const proxy::layer4_figures figures_;
  std::vector<service_row> services_;
  std::vector<server_row> servers_;
};

}  // namespace waggle::app::admin
