#include "docker/self.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr std::size_t full_id = 64, short_id = 12;

bool hex(std::string_view text) noexcept { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// The first run of exactly 64 hex digits.
std::string id_in(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t n = 0;
    while (i + n < text.size() && hex(text.substr(i + n, 1))) ++n;
    if (n == full_id) return std::string(text.substr(i, n));
    i += n + 1;
  }
  return {};
}

void add(std::vector<std::string>& out, std::string id) {
  if (!id.empty() && std::find(out.begin(), out.end(), id) == out.end()) out.push_back(std::move(id));
}

}  // namespace

std::vector<std::string> own_container_ids(std::string_view cgroup, std::string_view mountinfo, std::string_view hostname) {
  std::vector<std::string> out;
  std::istringstream mounts{std::string(mountinfo)};
  for (std::string line; std::getline(mounts, line);) {
    // proc(5): fields are id, parent, device, root, mount point, … A host sees other containers' mounts elsewhere, but
    // only a container has one of these files mounted over its own /etc.
    std::istringstream fields(line);
    std::string id, parent, device, root, point;
    fields >> id >> parent >> device >> root >> point;
    if (point == "/etc/hostname" || point == "/etc/hosts" || point == "/etc/resolv.conf") add(out, id_in(root));
  }
  std::istringstream groups{std::string(cgroup)};
  for (std::string line; std::getline(groups, line);) add(out, id_in(line));
  if (out.empty() && hostname.size() == short_id && hex(hostname)) out.emplace_back(hostname);
  return out;
}

}  // namespace waggle::discovery
