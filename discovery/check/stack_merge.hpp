// Several stack files are one stack: what a later file says of a service is put over what earlier ones say. Pure.
// Source: docker/cli, compose/loader/merge.go; tried with docker stack config -c … -c …
#pragma once

#include "check/stack.hpp"

#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery::check {

/// A service as one file has it: what is not said there is empty.
struct service_part {
  std::string name, image, mode, endpoint_mode, order;
  std::vector<std::string> command;
  std::vector<stack_label> deploy_labels, container_labels;
  std::vector<std::string> networks, mesh_ports;
  std::vector<stack_mount> mounts;
  std::optional<unsigned> replicas;
  std::vector<model::diagnostic> findings;
};

struct stack_part {
  std::vector<service_part> services;
  std::vector<stack_network> networks;
};

/// @param next  what it says counts more.
void put_over(stack_part& base, stack_part next);

/// With Docker's defaults where nothing is said, the implicit network `default` among them.
stack finish(stack_part from, const std::string& name);

/// A network that nothing more is said of: "<stack>_<key>" with the driver overlay.
stack_network plain_network(const std::string& key, const std::string& stack_name);

}  // namespace waggle::discovery::check
