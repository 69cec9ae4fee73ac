#include "docker/api_codec.hpp"

#include "docker/json_reader.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace waggle::discovery {

namespace {

using base::text_pool;

// Defaults for objects that have no numbers, flags or nested objects of interest.
template <class T>
void flag(T&, std::string_view, std::string_view, bool) {}
template <class T>
void number(T&, std::string_view, std::string_view, std::uint64_t) {}
template <class T>
void object(T&, std::string_view) {}
template <class T>
bool interesting(const T&, std::string_view) {
  return true;
}

bool one_of(std::string_view v, std::initializer_list<std::string_view> list) {
  for (const auto& x : list) {
    if (x == v) return true;
  }
  return false;
}

/// RFC 3339 in UTC with any fraction of a second, as the Engine writes it; in nanoseconds since 1970, 0: it is not.
std::int64_t time_of(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t digits) {
    std::int64_t out = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') return std::int64_t{-1};
      out = out * 10 + (text[i] - '0');
    }
    return out;
  };
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return 0;
  const std::int64_t year = number(0, 4), month = number(5, 2), day = number(8, 2), hour = number(11, 2), minute = number(14, 2),
                     second = number(17, 2);
  if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return 0;
  std::int64_t fraction = 0;
  std::size_t at = 19;
  if (text[at] == '.') {
    std::size_t digits = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      if (digits++ < 9) fraction = fraction * 10 + (text[at] - '0');
    for (; digits < 9; ++digits) fraction *= 10;
  }
  if (text.substr(at) != "Z") return 0;
  using namespace std::chrono;
  const sys_days date = std::chrono::year(static_cast<int>(year)) / static_cast<int>(month) / static_cast<int>(day);
  const std::int64_t seconds_since = duration_cast<seconds>(date.time_since_epoch()).count() + hour * 3600 + minute * 60 + second;
  return seconds_since * 1'000'000'000 + fraction;
}

// --- service: Engine API GET /services -------------------------------------------------------------------------------

constexpr std::string_view container_path = "Spec.TaskTemplate.ContainerSpec", container_labels_path = "Spec.TaskTemplate.ContainerSpec.Labels",
                           health_check_path = "Spec.TaskTemplate.ContainerSpec.Healthcheck",
                           health_check_test_path = "Spec.TaskTemplate.ContainerSpec.Healthcheck.Test", ports_path = "Spec.EndpointSpec.Ports";

bool interesting(const service&, std::string_view p) {
  if (p.substr(0, 10) == "Spec.Mode.") return true;
  return one_of(p, {"Version", "Spec", "Spec.Labels", "Spec.Mode", "Spec.EndpointSpec", "Spec.TaskTemplate", container_path, container_labels_path,
                    health_check_path, health_check_test_path, ports_path, "Spec.TaskTemplate.Networks", "Spec.Networks", "Spec.UpdateConfig",
                    "Endpoint", "Endpoint.VirtualIPs", "UpdateStatus"});
}
void text(service& s, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p.empty()) {
    if (k == "ID") s.id = v;
    if (k == "CreatedAt") s.created_ns = time_of(v);
  } else if (p == "Spec.Labels") {
    s.labels[std::string(k)] = v;
  } else if (p == "Spec") {
    if (k == "Name") s.name = v;
  } else if (p == container_labels_path) {
    s.container_labels = s.container_labels || k.compare(0, 8, "traefik.") == 0;
  } else if (p == "Spec.EndpointSpec") {
    if (k == "Mode") s.endpoint_mode = v;
  } else if (p == "Endpoint.VirtualIPs") {
    if (s.virtual_ips.empty()) return;
    if (k == "NetworkID") s.virtual_ips.back().network_id = v;
    if (k == "Addr") s.virtual_ips.back().address = v;
  } else if (p == "Spec.TaskTemplate.Networks" || p == "Spec.Networks") {
    if (k == "Target") s.network_ids.emplace_back(v);
  } else if (p == "UpdateStatus") {
    if (k == "State") s.update_state = v;
  } else if (p == "Spec.UpdateConfig") {
    if (k == "Order") s.start_first = v == "start-first";
  } else if (p == health_check_test_path) {
    if (v == "NONE") s.health_check = false;
  } else if (p == ports_path && !s.ports.empty()) {
    if (k == "Protocol") s.ports.back().tcp = v == "tcp";
    if (k == "PublishMode") s.ports.back().mesh = v != "host";
  }
}
void number(service& s, std::string_view p, std::string_view k, std::uint64_t v) {
  if (p == "Version" && k == "Index") s.version = v;
  if (p == "Spec.Mode.Replicated" && k == "Replicas") s.replicas = v;
  if (p == container_path && k == "StopGracePeriod") s.stop_grace_ns = v;
  if (p == ports_path && !s.ports.empty() && v <= 65535) {
    if (k == "TargetPort") s.ports.back().target = static_cast<std::uint16_t>(v);
    if (k == "PublishedPort") s.ports.back().published = static_cast<std::uint16_t>(v);
  }
}
void object(service& s, std::string_view p) {
  // Jobs have slots as replicated services do; only the key "Global" makes a service global.
  if (p == "Spec.Mode.Global") s.global = true;
  if (p == "Endpoint.VirtualIPs") s.virtual_ips.emplace_back();
  if (p == ports_path) s.ports.emplace_back();
  if (p == health_check_path) s.health_check = true;
}

constexpr std::size_t longest_error = 500;  // of a task, for people

// --- task: Engine API GET /tasks -------------------------------------------------------------------------------------

bool interesting(const task&, std::string_view p) {
  return one_of(p, {"Status", "NetworksAttachments", "NetworksAttachments.Addresses", "NetworksAttachments.Network",
                    "NetworksAttachments.Network.Spec", "Version"});
}
void text(task& t, std::string_view p, std::string_view k, std::string_view v, text_pool& pool) {
  if (p.empty()) {
    if (k == "ID") t.id = v;
    else if (k == "ServiceID") t.service_id = pool.get(v);
    else if (k == "NodeID") t.node_id = pool.get(v);
    else if (k == "DesiredState") t.desired_state = pool.get(v);
  } else if (p == "Status") {
    if (k == "State") t.state = pool.get(v);
    if (k == "Err" && !v.empty()) t.error = pool.get(v.substr(0, longest_error));
  } else if (!t.attachments.empty()) {
    auto& a = t.attachments.back();
    if (p == "NetworksAttachments.Addresses") a.address = v;
    if (p == "NetworksAttachments.Network" && k == "ID") a.network_id = pool.get(v);
    if (p == "NetworksAttachments.Network.Spec" && k == "Name") a.network_name = pool.get(v);
  }
}
void number(task& t, std::string_view p, std::string_view k, std::uint64_t v) {
  if (p.empty() && k == "Slot") t.slot = v;
  if (p == "Version" && k == "Index") t.version = v;
}
void object(task& t, std::string_view p) {
  if (p == "NetworksAttachments") t.attachments.emplace_back();
}

// --- the small ones --------------------------------------------------------------------------------------------------

bool interesting(const network&, std::string_view p) { return p == "IPAM" || p == "IPAM.Config"; }
void text(network& n, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p == "IPAM.Config") {
    if (k == "Subnet") n.subnet = v;
  } else if (!p.empty()) {
    return;
  } else if (k == "Id" || k == "ID") n.id = v;
  else if (k == "Name") n.name = v;
  else if (k == "Scope") n.scope = v;
  else if (k == "Driver") n.driver = v;
}
void flag(network& n, std::string_view, std::string_view k, bool v) {
  if (k == "Ingress") n.ingress = v;
}

bool interesting(const node&, std::string_view p) { return p == "Description" || p == "Spec" || p == "Status"; }
void text(node& n, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p.empty() && k == "ID") n.id = v;
  else if (p == "Description" && k == "Hostname") n.hostname = v;
  else if (p == "Spec" && k == "Availability") n.availability = v;
  else if (p == "Status" && k == "State") n.state = v;
}

bool interesting(const engine_version&, std::string_view) { return false; }
void text(engine_version& o, std::string_view, std::string_view k, std::string_view v, text_pool&) {
  if (k == "Version") o.version = v;
  else if (k == "ApiVersion") o.api_version = v;
  else if (k == "MinAPIVersion") o.min_api_version = v;
}

// NetworkSettings.Networks is a map whose keys are network names, and such names may hold dots.
constexpr std::string_view own_networks_path = "NetworkSettings.Networks";
void text(own_container& c, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p.empty() && k == "Id") c.id = v;
  if (p == "Config.Labels" && k == "com.docker.swarm.task.id") c.task_id = v;
  if (p == "Config.Labels" && k == "com.docker.swarm.service.id") c.service_id = v;
  if (p.size() > own_networks_path.size() + 1 && p.substr(0, own_networks_path.size()) == own_networks_path && k == "NetworkID" && !v.empty()) {
    c.networks[std::string(v)] = p.substr(own_networks_path.size() + 1);
  }
}

void text(engine_event& e, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p.empty() && k == "Type") e.type = v;
  else if (p.empty() && k == "Action") e.action = v;
  else if (p == "Actor" && k == "ID") e.actor_id = v;
  else if (p == "Actor.Attributes") e.attributes[std::string(k)] = v;
}

struct error_body {
  std::string message;
};
void text(error_body& e, std::string_view p, std::string_view k, std::string_view v, text_pool&) {
  if (p.empty() && k == "message") e.message = v;
}

// By overload, chosen here where all of them are known.
struct fields {
  template <class T>
  static void on_text(T& o, std::string_view p, std::string_view k, std::string_view v, text_pool& pool) {
    text(o, p, k, v, pool);
  }
  template <class T>
  static void on_number(T& o, std::string_view p, std::string_view k, std::uint64_t v) {
    number(o, p, k, v);
  }
  template <class T>
  static void on_flag(T& o, std::string_view p, std::string_view k, bool v) {
    flag(o, p, k, v);
  }
  template <class T>
  static void on_object(T& o, std::string_view p) {
    object(o, p);
  }
  template <class T>
  static bool wants(const T& o, std::string_view p) {
    return interesting(o, p);
  }
};

template <class Object>
base::text_result<Object> decode(std::string_view text_bytes, base::text_pool& pool) {
  Object out;
  json_reader<Object, fields> r(out, pool);
  if (!r.read(text_bytes)) return base::text_error{std::move(r.error)};
  return out;
}
template <class Object>
base::text_result<Object> decode(std::string_view text_bytes) {
  base::text_pool pool;
  return decode<Object>(text_bytes, pool);
}

}  // namespace

base::text_result<service> decode_service(std::string_view text_bytes) {
  auto out = decode<service>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::text_error{"a service without ID"};
  return out;
}
base::text_result<task> decode_task(std::string_view text_bytes) {
  text_pool pool;
  return decode_task(text_bytes, pool);
}
base::text_result<task> decode_task(std::string_view text_bytes, text_pool& pool) {
  auto out = decode<task>(text_bytes, pool);
  if (out.has_value() && out->id.empty()) return base::text_error{"a task without ID"};
  return out;
}
base::text_result<network> decode_network(std::string_view text_bytes) {
  auto out = decode<network>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::text_error{"a network without Id"};
  return out;
}
base::text_result<node> decode_node(std::string_view text_bytes) {
  auto out = decode<node>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::text_error{"a node without ID"};
  return out;
}
base::text_result<engine_version> decode_version(std::string_view text_bytes) {
  auto out = decode<engine_version>(text_bytes);
  if (out.has_value() && out->api_version.empty()) return base::text_error{"a version without ApiVersion"};
  return out;
}
base::text_result<own_container> decode_container(std::string_view text_bytes) { return decode<own_container>(text_bytes); }
base::text_result<engine_event> decode_event(std::string_view text_bytes) { return decode<engine_event>(text_bytes); }
std::string decode_error_message(std::string_view body) {
  const auto out = decode<error_body>(body);
  return out.has_value() ? out->message : std::string();
}

}  // namespace waggle::discovery
