// A stack file → the picture of the swarm that it would lead to: each service with one running task on each of its
// networks. Pure.
#pragma once

#include "check/stack.hpp"
#include "swarm/snapshot.hpp"

#include <string>

namespace waggle::discovery::check {

struct stack_snapshot {
  snapshot swarm;
  own_networks own;  ///< those of waggle's service in the file; unknown if it is not there
};

/// Name in the swarm: "<stack>_<service>".
std::string full_name(const stack& from, const stack_service& s);

stack_snapshot picture_of(const stack& from);

}  // namespace waggle::discovery::check
