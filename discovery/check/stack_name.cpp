#include "check/stack_name.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace waggle::discovery::check {

namespace {

// What stands before "_<key>", if the network gets its name from the stack.
std::string_view before_key(std::string_view full, std::string_view key) {
  if (full.size() < key.size() + 2 || !full.ends_with(key)) return {};
  full.remove_suffix(key.size());
  return full.ends_with('_') ? full.substr(0, full.size() - 1) : std::string_view{};
}

bool is_own(const stack_part& of, const std::string& key) {
  const auto n = std::find_if(of.networks.begin(), of.networks.end(), [&](const stack_network& one) { return one.key == key; });
  return n == of.networks.end() ? key == "default" : !n->external && !n->named;
}

}  // namespace

std::string name_by_labels(const stack_part& of) {
  std::set<std::string> names;
  for (const service_part& s : of.services)
    for (const stack_label& l : s.deploy_labels) {
      if (l.key != "traefik.docker.network") continue;
      std::string_view longest;  // of networks "net" and "app_net" the label shop_app_net names the second
      std::string_view name;
      const auto consider = [&](std::string_view key) {
        const std::string_view here = is_own(of, std::string(key)) ? before_key(l.value, key) : std::string_view{};
        if (here.empty() || key.size() <= longest.size()) return;
        longest = key;
        name = here;
      };
      for (const std::string& key : s.networks) consider(key);
      if (s.networks.empty()) consider("default");
      if (!name.empty()) names.emplace(name);
    }
  return names.size() == 1 ? *names.begin() : std::string();
}

}  // namespace waggle::discovery::check
