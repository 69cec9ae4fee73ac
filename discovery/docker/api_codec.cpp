#include "docker/api_codec.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <vector>

namespace waggle::discovery {

namespace {

using json = nlohmann::json;

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

// --- service: Engine API GET /services -------------------------------------------------------------------------------

constexpr std::string_view container_labels_path = "Spec.TaskTemplate.ContainerSpec.Labels";

bool interesting(const service&, std::string_view p) {
  if (p.substr(0, 10) == "Spec.Mode.") return true;
  return one_of(p, {"Version", "Spec", "Spec.Labels", "Spec.Mode", "Spec.EndpointSpec", "Spec.TaskTemplate",
                    "Spec.TaskTemplate.ContainerSpec", container_labels_path, "Spec.TaskTemplate.Networks",
                    "Spec.Networks", "Endpoint", "Endpoint.VirtualIPs", "UpdateStatus"});
}
void text(service& s, std::string_view p, const std::string& k, std::string& v) {
  if (p.empty()) {
    if (k == "ID") s.id = std::move(v);
  } else if (p == "Spec.Labels") {
    s.labels[k] = std::move(v);
  } else if (p == "Spec") {
    if (k == "Name") s.name = std::move(v);
  } else if (p == container_labels_path) {
    s.container_labels = s.container_labels || k.compare(0, 8, "traefik.") == 0;
  } else if (p == "Spec.EndpointSpec") {
    if (k == "Mode") s.endpoint_mode = std::move(v);
  } else if (p == "Endpoint.VirtualIPs") {
    if (s.virtual_ips.empty()) return;
    if (k == "NetworkID") s.virtual_ips.back().network_id = std::move(v);
    if (k == "Addr") s.virtual_ips.back().address = std::move(v);
  } else if (p == "Spec.TaskTemplate.Networks" || p == "Spec.Networks") {
    if (k == "Target") s.network_ids.push_back(std::move(v));
  } else if (p == "UpdateStatus") {
    if (k == "State") s.update_state = std::move(v);
  }
}
void number(service& s, std::string_view p, std::string_view k, std::uint64_t v) {
  if (p == "Version" && k == "Index") s.version = v;
  if (p == "Spec.Mode.Replicated" && k == "Replicas") s.replicas = v;
}
void object(service& s, std::string_view p) {
  // Jobs have slots as replicated services do; only the key "Global" makes a service global.
  if (p == "Spec.Mode.Global") s.global = true;
  if (p == "Endpoint.VirtualIPs") s.virtual_ips.emplace_back();
}

// --- task: Engine API GET /tasks -------------------------------------------------------------------------------------

bool interesting(const task&, std::string_view p) {
  return one_of(p, {"Status", "NetworksAttachments", "NetworksAttachments.Addresses", "NetworksAttachments.Network",
                    "NetworksAttachments.Network.Spec", "Version"});
}
void text(task& t, std::string_view p, const std::string& k, std::string& v) {
  if (p.empty()) {
    if (k == "ID") t.id = std::move(v);
    else if (k == "ServiceID") t.service_id = std::move(v);
    else if (k == "NodeID") t.node_id = std::move(v);
    else if (k == "DesiredState") t.desired_state = std::move(v);
  } else if (p == "Status") {
    if (k == "State") t.state = std::move(v);
  } else if (!t.attachments.empty()) {
    auto& a = t.attachments.back();
    if (p == "NetworksAttachments.Addresses") a.address = std::move(v);
    if (p == "NetworksAttachments.Network" && k == "ID") a.network_id = std::move(v);
    if (p == "NetworksAttachments.Network.Spec" && k == "Name") a.network_name = std::move(v);
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

bool interesting(const network&, std::string_view) { return false; }
void text(network& n, std::string_view, std::string_view k, std::string& v) {
  if (k == "Id" || k == "ID") n.id = std::move(v);
  else if (k == "Name") n.name = std::move(v);
  else if (k == "Scope") n.scope = std::move(v);
  else if (k == "Driver") n.driver = std::move(v);
}
void flag(network& n, std::string_view, std::string_view k, bool v) {
  if (k == "Ingress") n.ingress = v;
}

bool interesting(const engine_version&, std::string_view) { return false; }
void text(engine_version& o, std::string_view, std::string_view k, std::string& v) {
  if (k == "Version") o.version = std::move(v);
  else if (k == "ApiVersion") o.api_version = std::move(v);
  else if (k == "MinAPIVersion") o.min_api_version = std::move(v);
}

// NetworkSettings.Networks is a map whose keys are network names, and such names may hold dots.
constexpr std::string_view own_networks_path = "NetworkSettings.Networks";
void text(own_container& c, std::string_view p, const std::string& k, std::string& v) {
  if (p.empty() && k == "Id") c.id = std::move(v);
  if (p == "Config.Labels" && k == "com.docker.swarm.task.id") c.task_id = v;
  if (p == "Config.Labels" && k == "com.docker.swarm.service.id") c.service_id = v;
  if (p.size() > own_networks_path.size() + 1 && p.substr(0, own_networks_path.size()) == own_networks_path &&
      k == "NetworkID" && !v.empty()) {
    c.networks[v] = p.substr(own_networks_path.size() + 1);
  }
}

void text(engine_event& e, std::string_view p, const std::string& k, std::string& v) {
  if (p.empty() && k == "Type") e.type = std::move(v);
  else if (p.empty() && k == "Action") e.action = std::move(v);
  else if (p == "Actor" && k == "ID") e.actor_id = std::move(v);
  else if (p == "Actor.Attributes") e.attributes[k] = std::move(v);
}

struct error_body {
  std::string message;
};
void text(error_body& e, std::string_view p, std::string_view k, std::string& v) {
  if (p.empty() && k == "message") e.message = std::move(v);
}

// Follows the place in the document as a dotted path of keys ("Status.ContainerStatus"; array elements share the path of
// their array) and hands scalars to the object under construction. The Engine's own keys hold no dots; keys of maps such
// as labels may, and are only ever read as the last part.
template <class Object>
class reader {
 public:
  using number_integer_t = json::number_integer_t;
  using number_unsigned_t = json::number_unsigned_t;
  using number_float_t = json::number_float_t;
  using string_t = json::string_t;
  using binary_t = json::binary_t;

  explicit reader(Object& out) : out_(out) {}

  bool null() { return true; }
  bool boolean(bool v) {
    if (skip_ == 0) flag(out_, path_, key_, v);
    return true;
  }
  bool number_integer(number_integer_t) { return true; }  // negative: nothing we read is
  bool number_unsigned(number_unsigned_t v) {
    if (skip_ == 0) number(out_, path_, key_, v);
    return true;
  }
  bool number_float(number_float_t, const string_t&) { return true; }
  bool string(string_t& v) {
    if (skip_ == 0) text(out_, path_, key_, v);
    return true;
  }
  bool binary(binary_t&) { return true; }
  bool key(string_t& v) {
    if (skip_ == 0) key_.swap(v);
    return true;
  }
  bool start_object(std::size_t) {
    enter();
    if (skip_ == 0 && !marks_.empty()) object(out_, path_);
    return true;
  }
  bool end_object() { return leave(); }
  bool start_array(std::size_t) {
    enter();
    return true;
  }
  bool end_array() { return leave(); }
  bool parse_error(std::size_t position, const std::string&, const json::exception& e) {
    error = "not JSON at byte " + std::to_string(position) + ": " + e.what();
    return false;
  }

  std::string error;

 private:
  void enter() {
    if (skip_ > 0) {
      ++skip_;
      return;
    }
    marks_.push_back(path_.size());
    if (marks_.size() > 1 && !key_.empty()) {
      if (!path_.empty()) path_ += '.';
      path_ += key_;
      key_.clear();
      if (!interesting(out_, path_)) {
        path_.resize(marks_.back());
        marks_.pop_back();
        skip_ = 1;
      }
    }
  }
  bool leave() {
    if (skip_ > 0) {
      --skip_;
    } else {
      path_.resize(marks_.back());
      marks_.pop_back();
    }
    key_.clear();
    return true;
  }

  Object& out_;
  std::string path_, key_;
  std::vector<std::size_t> marks_;
  int skip_ = 0;
};

// Bytes that are not UTF-8 become U+FFFD, as Go's encoder does it, so that one garbled label cannot spoil a whole list.
std::string repaired(std::string_view text_bytes) {
  std::string out;
  out.reserve(text_bytes.size() + 16);
  std::size_t i = 0;
  while (i < text_bytes.size()) {
    const auto lead = static_cast<unsigned char>(text_bytes[i]);
    const std::size_t want = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    bool good = want > 0 && lead <= 0xf4 && i + want <= text_bytes.size();
    for (std::size_t j = 1; good && j < want; ++j) {
      good = (static_cast<unsigned char>(text_bytes[i + j]) & 0xc0) == 0x80;
    }
    if (good && want > 2) {  // overlong forms, surrogates, beyond U+10FFFF: RFC 3629 section 4
      const auto second = static_cast<unsigned char>(text_bytes[i + 1]);
      good = !((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
               (lead == 0xf4 && second > 0x8f));
    }
    if (good) {
      out.append(text_bytes.substr(i, want));
      i += want;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  return out;
}

template <class Object>
base::explained_result<Object> decode(std::string_view text_bytes) {
  std::string error;
  {
    Object out;
    reader<Object> r(out);
    if (json::sax_parse(text_bytes.begin(), text_bytes.end(), &r)) return out;
    error = std::move(r.error);
  }
  const std::string clean = repaired(text_bytes);
  if (clean != text_bytes) {
    Object out;
    reader<Object> r(out);
    if (json::sax_parse(clean.begin(), clean.end(), &r)) return out;
  }
  return base::explained{std::move(error)};
}

}  // namespace

base::explained_result<service> decode_service(std::string_view text_bytes) {
  auto out = decode<service>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::explained{"a service without ID"};
  return out;
}
base::explained_result<task> decode_task(std::string_view text_bytes) {
  auto out = decode<task>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::explained{"a task without ID"};
  return out;
}
base::explained_result<network> decode_network(std::string_view text_bytes) {
  auto out = decode<network>(text_bytes);
  if (out.has_value() && out->id.empty()) return base::explained{"a network without Id"};
  return out;
}
base::explained_result<engine_version> decode_version(std::string_view text_bytes) {
  auto out = decode<engine_version>(text_bytes);
  if (out.has_value() && out->api_version.empty()) return base::explained{"a version without ApiVersion"};
  return out;
}
base::explained_result<own_container> decode_container(std::string_view text_bytes) {
  return decode<own_container>(text_bytes);
}
base::explained_result<engine_event> decode_event(std::string_view text_bytes) {
  return decode<engine_event>(text_bytes);
}
std::string decode_error_message(std::string_view body) {
  const auto out = decode<error_body>(body);
  return out.has_value() ? out->message : std::string();
}

}  // namespace waggle::discovery
