#include "docker/container_codec.hpp"

#include "docker/json_reader.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace waggle::discovery {

namespace {

// NetworkSettings.Networks is a map whose keys are network names, and such names may hold dots.
constexpr std::string_view networks_path = "NetworkSettings.Networks";

bool of_network(std::string_view path) noexcept { return path.size() > networks_path.size() + 1 && path.starts_with(networks_path); }

struct container_fields {
  static bool wants(const container&, std::string_view p) {
    return p == "Names" || p == "Labels" || p == "Ports" || p == "HostConfig" || p == "NetworkSettings" || p == networks_path ||
           (of_network(p) && !p.ends_with(".IPAMConfig") && !p.ends_with(".DriverOpts"));  // the objects within a network
  }

  static void on_text(container& c, std::string_view p, std::string_view k, std::string_view v, base::text_pool&) {
    if (p.empty()) {
      if (k == "Id") c.id = v;
      else if (k == "State") c.state = v;
      else if (k == "Status") c.status = v;
    } else if (p == "Names") {
      c.names.emplace_back(v);
    } else if (p == "Labels") {
      c.labels[std::string(k)] = v;
    } else if (p == "HostConfig") {
      if (k == "NetworkMode") c.network_mode = v;
    } else if (p == "Ports" && !c.ports.empty()) {
      if (k == "IP") c.ports.back().address = v;
      if (k == "Type") c.ports.back().tcp = v == "tcp";
    } else if (of_network(p) && !c.networks.empty()) {
      auto& n = c.networks.back();
      if (k == "NetworkID") n.id = v;
      if (k == "IPAddress") n.address = v;
      if (k == "GlobalIPv6Address") n.address6 = v;
    }
  }

  static void on_number(container& c, std::string_view p, std::string_view k, std::uint64_t v) {
    if (p == "Ports" && !c.ports.empty() && v <= std::numeric_limits<std::uint16_t>::max()) {
      if (k == "PrivatePort") c.ports.back().target = static_cast<std::uint16_t>(v);
      if (k == "PublicPort") c.ports.back().published = static_cast<std::uint16_t>(v);
    } else if (of_network(p) && !c.networks.empty() && v <= 128) {
      if (k == "IPPrefixLen") c.networks.back().prefix = static_cast<unsigned>(v);
      if (k == "GlobalIPv6PrefixLen") c.networks.back().prefix6 = static_cast<unsigned>(v);
    }
  }

  static void on_flag(container&, std::string_view, std::string_view, bool) {}

  static void on_object(container& c, std::string_view p) {
    if (p == "Ports") c.ports.emplace_back();
    if (of_network(p)) c.networks.emplace_back().name = p.substr(networks_path.size() + 1);
  }
};

}  // namespace

base::text_result<container> decode_listed_container(std::string_view json) {
  container out;
  base::text_pool pool;
  json_reader<container, container_fields> reader(out, pool);
  if (!reader.read(json)) return base::text_error{std::move(reader.error)};
  if (out.id.empty()) return base::text_error{"a container without Id"};
  return out;
}

}  // namespace waggle::discovery
