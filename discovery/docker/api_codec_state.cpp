// A captured Engine state: several lists in one object. A tree is fine here: it is a file of a person, read once.
#include "docker/api_codec.hpp"

#include <nlohmann/json.hpp>

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

}  // namespace

base::text_result<captured_state> decode_state(std::string_view text) {
  const json all = json::parse(text, nullptr, false);
  if (all.is_discarded()) return text_error{"not JSON"};
  if (!all.is_object()) return text_error{"not an object with \"services\", \"tasks\" and \"networks\""};
  auto services = decode_list<service>(all, "services", true, decode_service);
  if (!services) return services.error();
  auto tasks = decode_list<task>(all, "tasks", false, [](std::string_view one) { return decode_task(one); });
  if (!tasks) return tasks.error();
  auto networks = decode_list<network>(all, "networks", false, decode_network);
  if (!networks) return networks.error();
  // "docker network ls" also knows each machine's own ones; the live client asks for scope "swarm".
  std::erase_if(*networks, [](const network& n) { return n.scope == "local" && n.driver != "overlay"; });
  return captured_state{std::move(*services), std::move(*tasks), std::move(*networks)};
}

}  // namespace waggle::discovery
