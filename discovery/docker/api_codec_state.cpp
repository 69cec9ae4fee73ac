// A captured Engine state: several lists in one object. A tree is fine here: it is a file of a person, read once.
#include "docker/api_codec.hpp"
#include "docker/container_codec.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

namespace waggle::discovery {

namespace {

using base::text_error;
using nlohmann::json;

template <class Object, class Decode>
base::text_result<std::vector<Object>> decode_list(const json& all, const char* key, bool required, Decode decode) {
  std::vector<Object> out;
  const auto it = all.find(key);
  if (it == all.end() || it->is_null()) {
    if (required) return text_error{std::string("there is no list \"") + key + "\""};
    return out;
  }
  if (!it->is_array()) return text_error{std::string("\"") + key + "\" is no list"};
  for (const json& one : *it) {
    auto object = decode(one.dump(-1, ' ', false, json::error_handler_t::replace));
    if (object.has_error()) return text_error{std::string(key) + ": " + object.error().reason};
    out.push_back(std::move(*object));
  }
  return out;
}

// A member by its path; null where it, or what it should stand in, is not there.
const json& at(const json& from, std::initializer_list<const char*> path) {
  static const json nothing;
  const json* here = &from;
  for (const char* key : path) {
    if (!here->is_object()) return nothing;
    const auto it = here->find(key);
    if (it == here->end()) return nothing;
    here = &*it;
  }
  return *here;
}

// What "docker inspect" prints of a container, in the form of the list of containers.
json as_listed(const json& inspected) {
  const json& health = at(inspected, {"State", "Health", "Status"});
  const bool starting = health == "starting";
  json out{{"Id", at(inspected, {"Id"})},
           {"Names", json::array({at(inspected, {"Name"})})},
           {"Labels", at(inspected, {"Config", "Labels"})},
           {"State", at(inspected, {"State", "Status"})},
           {"Status", starting             ? "(health: starting)"
                      : health.is_string() ? "(" + health.get<std::string>() + ")"
                                           : ""},
           {"HostConfig", {{"NetworkMode", at(inspected, {"HostConfig", "NetworkMode"})}}},
           {"NetworkSettings", {{"Networks", at(inspected, {"NetworkSettings", "Networks"})}}},
           {"Ports", json::array()}};
  const json& ports = at(inspected, {"NetworkSettings", "Ports"});
  if (!ports.is_object()) return out;
  for (const auto& [name, bound] : ports.items()) {  // "80/tcp": null, or where it is bound
    const auto slash = name.find('/');
    json port{{"PrivatePort", std::strtoul(name.c_str(), nullptr, 10)}, {"Type", slash == std::string::npos ? "tcp" : name.substr(slash + 1)}};
    out["Ports"].push_back(port);
    if (!bound.is_array()) continue;
    for (const json& one : bound) {
      const json &address = at(one, {"HostIp"}), &number = at(one, {"HostPort"});
      if (!address.is_string() || !number.is_string()) continue;
      port["IP"] = address;
      port["PublicPort"] = std::strtoul(number.get<std::string>().c_str(), nullptr, 10);
      out["Ports"].push_back(port);
    }
  }
  return out;
}

base::text_result<captured_state> state_of_containers(json list) {
  for (json& one : list) {
    if (!at(one, {"Config"}).is_object()) continue;
    one = as_listed(one);
    std::erase_if(one["Names"].get_ref<json::array_t&>(), [](const json& name) { return !name.is_string(); });
  }
  captured_state out;
  out.of_containers = true;
  auto read = decode_list<container>(json{{"containers", std::move(list)}}, "containers", true, decode_listed_container);
  if (!read) return read.error();
  out.containers = std::move(*read);
  std::erase_if(out.containers, [](const container& c) { return c.state == "exited" || c.state == "created" || c.state == "dead"; });
  return out;
}

}  // namespace

base::text_result<captured_state> decode_state(std::string_view text) {
  const json all = json::parse(text, nullptr, false);
  if (all.is_discarded()) return text_error{"not JSON"};
  if (all.is_array() && !all.empty()) return state_of_containers(all);
  if (all.is_object() && !all.contains("services") && at(all, {"containers"}).is_array()) return state_of_containers(all["containers"]);
  if (!all.is_object()) return text_error{"not an object with \"services\", \"tasks\" and \"networks\", nor a list of containers"};
  auto services = decode_list<service>(all, "services", true, decode_service);
  if (!services) return services.error();
  auto tasks = decode_list<task>(all, "tasks", false, [](std::string_view one) { return decode_task(one); });
  if (!tasks) return tasks.error();
  auto networks = decode_list<network>(all, "networks", false, decode_network);
  if (!networks) return networks.error();
  // "docker network ls" also knows each machine's own ones; the live client asks for scope "swarm".
  std::erase_if(*networks, [](const network& n) { return n.scope == "local" && n.driver != "overlay"; });
  return captured_state{std::move(*services), std::move(*tasks), std::move(*networks), {}, false};
}

}  // namespace waggle::discovery
