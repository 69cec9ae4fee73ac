#include "check/stack.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace waggle::discovery::check {

namespace {

// "registry:5000/team/traefik:1.7" → "traefik"
std::string_view base_name(std::string_view image) {
  if (const auto slash = image.rfind('/'); slash != std::string_view::npos) image.remove_prefix(slash + 1);
  return image.substr(0, image.find_first_of(":@"));
}

bool asks_for_swarm(std::string argument) {
  std::transform(argument.begin(), argument.end(), argument.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return argument.starts_with("--docker.swarmmode");
}

}  // namespace

bool stack_service::is_proxy() const {
  for (std::size_t i = 0; i < command.size() && i < 2; ++i)
    if (command[i] == "storeconfig") return false;
  const auto name_of_image = base_name(image);
  return name_of_image == "waggle" || name_of_image == "traefik" || std::any_of(command.begin(), command.end(), asks_for_swarm);
}

const stack_network* stack::find_network(const std::string& key) const {
  const auto it = std::find_if(networks.begin(), networks.end(), [&](const stack_network& n) { return n.key == key; });
  return it == networks.end() ? nullptr : &*it;
}

const stack_service* stack::proxy() const {
  const auto it = std::find_if(services.begin(), services.end(), [](const stack_service& s) { return s.is_proxy(); });
  return it == services.end() ? nullptr : &*it;
}

}  // namespace waggle::discovery::check
