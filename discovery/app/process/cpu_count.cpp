#include "process/cpu_count.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <thread>

namespace waggle::app {
namespace {

std::string first_line(const char* file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

unsigned cpus_of_cpu_max(std::string_view text) noexcept {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return 0;
  long long quota = 0, period = 0;
  const std::string_view rest = text.substr(blank + 1);
  if (std::from_chars(text.data(), text.data() + blank, quota).ec != std::errc{}) return 0;
  if (std::from_chars(rest.data(), rest.data() + rest.size(), period).ec != std::errc{}) return 0;
  if (quota <= 0 || period <= 0 || quota > (1LL << 40)) return 0;
  return static_cast<unsigned>(std::min<long long>((quota + period - 1) / period, 1'024));
}

unsigned usable_cpus() {
  unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) cpus = static_cast<unsigned>(std::max(1, CPU_COUNT(&mask)));
  // Inside a container the own cgroup is mounted at the root of the hierarchy (v2, then v1).
  unsigned quota = cpus_of_cpu_max(first_line("/sys/fs/cgroup/cpu.max"));
  if (quota == 0)
    quota = cpus_of_cpu_max(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") + ' ' + first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  return quota == 0 ? cpus : std::min(cpus, quota);
}

}  // namespace waggle::app
