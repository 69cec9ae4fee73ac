// What the kernel says about this process, as every Prometheus client tells it. Linux, proc(5).
#pragma once

#include <cstdint>

namespace waggle::app::admin {

struct process_figures {
  double cpu_seconds = 0, started = 0;  ///< started: Unix time
  std::uint64_t resident_bytes = 0, virtual_bytes = 0, open_files = 0, most_files = 0, threads = 0;
};

/// Cost: a directory listing of /proc/self/fd.
process_figures read_process_figures();

}  // namespace waggle::app::admin
