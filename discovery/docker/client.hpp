// The Engine API as waggle uses it: which calls, which version, which filters. Whole lists or a fault, never less.
#pragma once

#include "docker/fault.hpp"
#include "docker/transport.hpp"
#include "swarm/containers.hpp"
#include "swarm/types.hpp"

#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery {

/// The API version to speak: the newest that both know, but never below the Engine's minimum. Pure.
/// Docker Engine API: 18.09 speaks 1.39, 29 speaks 1.44 at least.
std::string negotiate_api(const std::string& engine_newest, const std::string& engine_oldest);
/// "1.41" < "1.44" < "1.100". Pure.
bool api_before(const std::string& a, const std::string& b);

/// What is asked about: a swarm through one of its managers, or the containers of one Engine.
enum class engine_scope { swarm, containers };

/// Thread: the discovery thread. The transport outlives it.
class engine_client {
 public:
  engine_client(transport& wire, std::string endpoint) : wire_(wire), endpoint_(std::move(endpoint)) {}

  /// GET /version, without a version in the path: the first call of every connection.
  engine_result<engine_version> connect();
  /// @param ids  services asked for; empty means all.
  engine_result<std::vector<service>> services(const std::vector<std::string>& ids);
  /// Tasks that are wanted to run. @param service_ids  as above; every one must exist (the Engine answers 404 else).
  engine_result<std::vector<task>> tasks(const std::vector<std::string>& service_ids);
  /// Those that ended, as far as the Engine keeps them (five for each slot): for their errors.
  engine_result<std::vector<task>> ended_tasks(const std::vector<std::string>& service_ids);
  /// Those that are told to stop, ended or not: at an update, and where a service has fewer replicas now.
  engine_result<std::vector<task>> unwanted_tasks(const std::vector<std::string>& service_ids);
  /// Networks of swarm scope (for API 1.28 and older: those with the overlay driver), as Traefik 1 lists them.
  engine_result<network_map> networks();
  engine_result<std::vector<node>> nodes();
  engine_result<own_container> container(const std::string& id);
  /// Containers of this Engine that run, also those that are paused or restarting; with labels, ports, networks and health.
  engine_result<std::vector<discovery::container>> containers();
  /// The path of the event stream in the negotiated version.
  std::string events_target(engine_scope of) const;

 private:
  template <class Object, class Decode>
  engine_result<std::vector<Object>> list(const std::string& target, Decode decode);
  engine_result<std::vector<task>> tasks_that_are(const std::vector<std::string>& desired_states, const std::vector<std::string>& service_ids);
  engine_result<std::string> whole(const std::string& target);
  std::string versioned(const std::string& path, const std::string& filters = {}) const;

  transport& wire_;
  std::string endpoint_, api_;
};

}  // namespace waggle::discovery
