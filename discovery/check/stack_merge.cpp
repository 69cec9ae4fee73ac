#include "check/stack_merge.hpp"

#include <algorithm>
#include <utility>

namespace waggle::discovery::check {

namespace {

template <class T>
void replace_if_said(T& base, T next) {
  if (!next.empty()) base = std::move(next);
}

template <class T>
void append(std::vector<T>& base, std::vector<T> next) {
  for (T& one : next) base.push_back(std::move(one));
}

void put_labels(std::vector<stack_label>& base, std::vector<stack_label> next) {
  for (stack_label& l : next) {
    const auto same = std::find_if(base.begin(), base.end(), [&](const stack_label& b) { return b.key == l.key; });
    if (same == base.end()) base.push_back(std::move(l));
    else *same = std::move(l);
  }
}

void put_networks(std::vector<std::string>& base, std::vector<std::string> next) {
  for (std::string& n : next)
    if (std::find(base.begin(), base.end(), n) == base.end()) base.push_back(std::move(n));
}

void put_service(service_part& base, service_part next) {
  replace_if_said(base.image, std::move(next.image));
  replace_if_said(base.mode, std::move(next.mode));
  replace_if_said(base.endpoint_mode, std::move(next.endpoint_mode));
  replace_if_said(base.order, std::move(next.order));
  replace_if_said(base.command, std::move(next.command));
  put_labels(base.deploy_labels, std::move(next.deploy_labels));
  put_labels(base.container_labels, std::move(next.container_labels));
  put_networks(base.networks, std::move(next.networks));
  put_networks(base.mesh_ports, std::move(next.mesh_ports));
  append(base.mounts, std::move(next.mounts));
  if (next.replicas) base.replicas = next.replicas;
  append(base.findings, std::move(next.findings));
}

}  // namespace

void put_over(stack_part& base, stack_part next) {
  for (service_part& s : next.services) {
    const auto same = std::find_if(base.services.begin(), base.services.end(), [&](const service_part& b) { return b.name == s.name; });
    if (same == base.services.end()) base.services.push_back(std::move(s));
    else put_service(*same, std::move(s));
  }
  for (stack_network& n : next.networks) {
    const auto same = std::find_if(base.networks.begin(), base.networks.end(), [&](const stack_network& b) { return b.key == n.key; });
    if (same == base.networks.end()) base.networks.push_back(std::move(n));
    else *same = std::move(n);
  }
}

stack_network plain_network(const std::string& key, const std::string& stack_name) {
  return {.key = key, .name = stack_name + "_" + key, .driver = "overlay"};
}

stack finish(stack_part from, const std::string& name) {
  stack out;
  out.name = name;
  out.networks = std::move(from.networks);
  for (service_part& p : from.services) {
    stack_service s;
    s.name = std::move(p.name);
    s.image = std::move(p.image);
    s.command = std::move(p.command);
    s.deploy_labels = std::move(p.deploy_labels);
    s.container_labels = std::move(p.container_labels);
    s.networks = std::move(p.networks);
    s.mounts = std::move(p.mounts);
    s.mesh_ports = std::move(p.mesh_ports);
    s.global = p.mode == "global";
    s.start_first = p.order == "start-first";
    s.replicas = p.replicas.value_or(1);
    if (!p.endpoint_mode.empty()) s.endpoint_mode = std::move(p.endpoint_mode);
    s.findings = std::move(p.findings);
    if (s.networks.empty()) s.networks.emplace_back("default");
    // Every stack has a network of this name, defined or not.
    const bool uses_default = std::find(s.networks.begin(), s.networks.end(), "default") != s.networks.end();
    if (uses_default && out.find_network("default") == nullptr) out.networks.push_back(plain_network("default", name));
    out.services.push_back(std::move(s));
  }
  return out;
}

}  // namespace waggle::discovery::check
