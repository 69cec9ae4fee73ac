// Bytes of the Engine API → typed objects. JSON lives and dies here (json_reader: no tree is ever built). Fields that
// waggle does not need are not looked at, so that a new Engine's extra fields cannot hurt.
#pragma once

#include "swarm/containers.hpp"
#include "swarm/types.hpp"

#include <waggle/base/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// One line of GET /events.
struct engine_event {
  std::string type, action, actor_id;
  std::map<std::string, std::string> attributes;
};

// Each takes one whole JSON object. Errors: what is wrong with the text ("not JSON: …", "a service without ID").
base::text_result<service> decode_service(std::string_view json);
base::text_result<task> decode_task(std::string_view json);
/// @param pool  for what many tasks of a list have in common: ids of services, nodes and networks, states.
base::text_result<task> decode_task(std::string_view json, base::text_pool& pool);
base::text_result<network> decode_network(std::string_view json);
base::text_result<node> decode_node(std::string_view json);
base::text_result<engine_version> decode_version(std::string_view json);
base::text_result<own_container> decode_container(std::string_view json);
base::text_result<engine_event> decode_event(std::string_view json);
/// Lists as several requests would have answered them, kept in one file.
struct captured_state {
  std::vector<service> services;
  std::vector<task> tasks;
  std::vector<network> networks;  ///< those that tasks of a swarm can share
  std::vector<container> containers;
  bool of_containers = false;  ///< of one Engine; there are no services then
};
/// {"services":[…],"tasks":[…],"networks":[…]}; other members are not looked at. Or containers: {"containers":[…]} or that list alone,
/// as GET /containers/json answers or as `docker inspect` prints them.
base::text_result<captured_state> decode_state(std::string_view json);
/// The Engine's error text: {"message": "…"}; empty if the body is nothing of the kind.
std::string decode_error_message(std::string_view body);

}  // namespace waggle::discovery
