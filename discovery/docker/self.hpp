// Which container waggle itself runs in, from what the kernel tells every process. Pure; the caller reads the files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// Ids to ask the Engine about, best first; empty on a host.
/// @param cgroup     /proc/self/cgroup: ends in the container id with cgroup v1
/// @param mountinfo  /proc/self/mountinfo: the Engine mounts …/containers/<id>/hostname at /etc/hostname
/// @param hostname   the first 12 digits of the id unless the service sets another
std::vector<std::string> own_container_ids(std::string_view cgroup, std::string_view mountinfo, std::string_view hostname);

}  // namespace waggle::discovery
