#include "worker/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string_view>

namespace waggle::proxy {
namespace {

/// The limit in one file; 0: "max", none, or v1's way to say none.
std::size_t limit_in(const std::string& file) {
  std::ifstream in(file);
  std::uint64_t bytes = 0;
  return in >> bytes && bytes < (std::uint64_t{1} << 50) ? static_cast<std::size_t>(bytes) : 0;
}

/// Of the group and those above it: each of them counts. In a container the own group is usually the root of what is mounted.
std::size_t least_limit(const std::string& mounted, std::string group, const std::string& file) {
  std::size_t least = 0;
  for (;;) {
    if (const std::size_t here = limit_in(mounted + group + "/" + file)) least = least == 0 ? here : std::min(least, here);
    if (group.empty()) return least;
    group.erase(group.rfind('/'));
  }
}

}  // namespace

std::size_t memory_limit(const std::string& mounted, const std::string& self) {
  std::size_t least = 0;
  const auto heed = [&least](std::size_t limit) {
    if (limit != 0) least = least == 0 ? limit : std::min(least, limit);
  };
  heed(limit_in(mounted + "/memory.max"));
  heed(limit_in(mounted + "/memory/memory.limit_in_bytes"));
  std::ifstream groups(self);
  for (std::string line; std::getline(groups, line);) {
    // cgroups(7): hierarchy-ID:controllers:path
    const std::size_t first = line.find(':'), second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos || second + 1 >= line.size() || line[second + 1] != '/') continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string group = line.substr(second + 1);
    if (group.find("..") != std::string::npos) continue;  // outside of what this namespace shows
    while (!group.empty() && group.back() == '/') group.pop_back();
    if (controllers.empty()) heed(least_limit(mounted, group, "memory.max"));
    else if (("," + controllers + ",").find(",memory,") != std::string::npos) heed(least_limit(mounted + "/memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

std::size_t group_memory(const std::string& mounted, const std::string& self) {
  std::ifstream groups(self);
  std::ifstream in;
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("0::/") && line.find("..") == std::string::npos) in.open(mounted + line.substr(3) + "/memory.stat");
  if (!in.is_open()) in = std::ifstream(mounted + "/memory.stat");  // in a container its own group is the root of what is mounted
  // Not page cache nor reclaimable slabs: the kernel takes those back by itself.
  constexpr std::string_view kept[] = {"anon", "kernel_stack", "pagetables", "percpu", "sock", "shmem", "slab_unreclaimable"};
  std::size_t total = 0;
  std::string name;
  for (std::uint64_t bytes = 0; in >> name >> bytes;)
    if (std::find(std::begin(kept), std::end(kept), name) != std::end(kept)) total += static_cast<std::size_t>(bytes);
  return total;
}

std::size_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  if (!(in >> total >> resident)) return 0;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace waggle::proxy
