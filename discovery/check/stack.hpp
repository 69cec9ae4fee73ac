// A stack, of one file or several, as far as routing goes: plain values, variables already put in.
#pragma once

#include <waggle/model/verdict.hpp>

#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery::check {

struct stack_label {
  std::string key, value;
  unsigned line = 0;   ///< counts from one
  std::string file{};  ///< if there are several
};

/// What is put at a place of the container's file system.
struct stack_mount {
  std::string target;  ///< path in the container
  std::string source;  ///< file as the stack file names it; empty: not known (a volume, an external config)
};

struct stack_service {
  std::string name;  ///< without the stack's name
  std::string image;
  std::vector<std::string> command;
  std::vector<stack_label> deploy_labels, container_labels;
  std::vector<std::string> networks;    ///< keys of the file's networks
  std::vector<stack_mount> mounts;      ///< configs and bind mounts
  std::vector<std::string> mesh_ports;  ///< published in mode ingress, as written
  bool global = false, start_first = false;
  unsigned replicas = 1;
  std::string endpoint_mode = "vip";
  std::vector<model::diagnostic> findings;  ///< what reading it showed

  /// waggle itself, or the Traefik 1 whose place it takes; not what only fills a store (storeconfig).
  bool is_proxy() const;
};

struct stack_network {
  std::string key;
  std::string name;  ///< in the swarm: with the stack's name unless external or named
  std::string driver;
  bool external = false, attachable = false;
  bool named = false;  ///< the file gives the whole name
};

struct stack {
  std::string name;
  std::vector<stack_service> services;
  std::vector<stack_network> networks;      ///< also "default" if a service uses it
  std::vector<model::diagnostic> findings;  ///< of no single service: what Docker would refuse

  const stack_network* find_network(const std::string& key) const;
  /// The first service that is a proxy; nullptr: none.
  const stack_service* proxy() const;
};

}  // namespace waggle::discovery::check
