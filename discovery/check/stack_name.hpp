// A stack's name is given to docker stack deploy and stands in no file, but labels name networks with it. Pure.
#pragma once

#include "check/stack_merge.hpp"

#include <string>

namespace waggle::discovery::check {

/// @return the name with which labels such as traefik.docker.network=shop_edge name networks of the file (edge); empty: none
/// does, or they do not agree.
std::string name_by_labels(const stack_part& of);

}  // namespace waggle::discovery::check
