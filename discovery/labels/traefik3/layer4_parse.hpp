// traefik.tcp.* and traefik.udp.* of one Swarm service → the objects that they describe. Pure.
#pragma once

#include "labels/traefik3/target.hpp"

#include <waggle/model/verdict.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery::traefik3 {

struct layer4_objects {
  objects tcp, udp;
  std::vector<model::diagnostic> diagnostics;  ///< of labels that belong to no object
};

/// Names of fields are found in any case of letters, as in Traefik; names of objects keep theirs. A label that no row reads is an error
/// of its object: a router is never served without a protection that a misspelt label asks for.
layer4_objects parse_layer4(const std::map<std::string, std::string>& labels);

/// traefik.tcp.routers.… and the like: not labels of Traefik 1, though they might be taken for a segment's.
bool is_layer4_key(std::string_view key) noexcept;

}  // namespace waggle::discovery::traefik3
