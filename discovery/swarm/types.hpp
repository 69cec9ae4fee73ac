// What waggle remembers of a swarm: the few fields of services, tasks and networks that decide about routing. Plain
// values with ==, so that "did anything change" is a comparison.
#pragma once

#include <waggle/base/shared_text.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace waggle::discovery {

struct virtual_ip {
  std::string network_id, address;  ///< address with its mask
  bool operator==(const virtual_ip&) const = default;
};

/// A port that the service publishes, as its specification says.
struct published_port {
  std::uint16_t target = 0, published = 0;  ///< published: 0 when Swarm chooses
  bool tcp = true, mesh = true;             ///< mesh: PublishMode ingress, the default
  bool operator==(const published_port&) const = default;
};

/// What a service's containers publish on this host; only of containers that no swarm runs, and only where it is asked for.
struct port_binding {
  std::uint16_t target = 0, published = 0;
  std::string address;  ///< of the host, where one was named
  bool operator==(const port_binding&) const = default;
};

/// Of a swarm; or one container of an engine without a swarm, which has its name for id and name and one task (containers.hpp).
struct service {
  std::string id, name;
  bool container = false;
  std::uint64_t version = 0;    ///< Version.Index; 0 when the Engine did not say
  std::int64_t created_ns = 0;  ///< CreatedAt, since 1970; 0: not said
  std::map<std::string, std::string> labels;
  bool global = false;
  std::optional<std::uint64_t> replicas;       ///< Spec.Mode.Replicated.Replicas; none: global, a job, or not said
  std::string endpoint_mode;                   ///< Spec.EndpointSpec.Mode: "vip", "dnsrr" or empty
  std::vector<virtual_ip> virtual_ips;         ///< Endpoint.VirtualIPs
  std::vector<std::string> network_ids;        ///< networks that the specification asks for
  bool container_labels = false;               ///< traefik.* labels stand on the container, where nobody reads them
  std::vector<published_port> ports;           ///< Spec.EndpointSpec.Ports
  std::optional<std::uint64_t> stop_grace_ns;  ///< StopGracePeriod; none: Docker's 10 s
  bool health_check = false;                   ///< the specification has one; an image's own is not seen
  bool start_first = false;                    ///< UpdateConfig.Order
  std::string update_state;                    ///< UpdateStatus.State: "updating", "completed", …
  bool operator==(const service&) const = default;
};

struct attachment {
  base::shared_text network_id, network_name;
  std::string address;  ///< the last one listed, with its mask
  bool operator==(const attachment&) const = default;
};

struct task {
  base::shared_text id, service_id, node_id;
  base::shared_text node_name;  ///< the node's hostname; empty while it is not known
  std::uint64_t slot = 0, version = 0;
  base::shared_text state, desired_state;
  base::shared_text error{};  ///< Status.Err: "No such image: …", "task: non-zero exit (1)", "no suitable node (…)"
  std::vector<attachment> attachments;
  std::vector<port_binding> bindings{};
  bool operator==(const task&) const = default;
  /// Usable = wanted and really running (Swarm keeps a task in "starting" until it is healthy).
  bool wanted() const noexcept { return desired_state.empty() || desired_state == "running"; }
  bool running() const noexcept { return wanted() && state == "running"; }
  /// Told to stop, and not gone yet: connections below HTTP may live on it still.
  bool leaving() const noexcept { return !wanted() && state == "running"; }
};

struct node {
  std::string id, hostname;
  std::string state{}, availability{};  ///< Status.State: "ready", "down", …; Spec.Availability: "active", "pause", "drain"
};

struct network {
  std::string id, name, scope, driver;
  bool ingress = false;
  std::string subnet{};  ///< the last one of IPAM.Config
  bool operator==(const network&) const = default;
};

/// Networks by id; only those that tasks of a swarm can share.
using network_map = std::map<std::string, network, std::less<>>;

struct engine_version {
  std::string version, api_version, min_api_version;
};

/// The container that waggle itself runs in, as its Engine describes it.
struct own_container {
  std::string id, task_id, service_id;          ///< task and service: empty outside Swarm
  std::map<std::string, std::string> networks;  ///< id → name
  bool operator==(const own_container&) const = default;
};

/// The networks waggle can reach, if it knows them; unknown on a host that is no container of this Engine.
using own_networks = std::optional<std::map<std::string, std::string>>;

}  // namespace waggle::discovery
