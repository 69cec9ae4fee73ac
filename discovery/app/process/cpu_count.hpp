// How many CPUs this process may use: its affinity mask and its cgroup's quota, whichever is less.
#pragma once

#include <string_view>

namespace waggle::app {

/// At least 1. Reads the kernel's files once.
unsigned usable_cpus();

/// CPUs that a cgroup v2 "cpu.max" file ("150000 100000", "max 100000") grants, rounded up; 0: no limit or
/// unreadable.
unsigned cpus_of_cpu_max(std::string_view text) noexcept;

}  // namespace waggle::app
