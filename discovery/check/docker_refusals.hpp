// What docker stack deploy refuses of a stack file before it deploys anything, said as Docker says it. Not its whole schema: the
// parts that people get wrong. Pure.
// Source: docker/cli's schemas for Compose file version 3.x; every text tried with docker stack config 28.2.
#pragma once

#include "check/interpolate.hpp"
#include "check/yaml.hpp"

#include <string>
#include <vector>

namespace waggle::discovery::check {

struct docker_refusal {
  unsigned line = 0;         ///< counts from one; 0: not known
  std::string text;          ///< Docker's
  bool about_label = false;  ///< of deploy: labels: a finding of the service says more
};

/// In the order of the file; empty: nothing is known against it.
std::vector<docker_refusal> refusals_of(const YAML::Node& root, const variables& known);

}  // namespace waggle::discovery::check
