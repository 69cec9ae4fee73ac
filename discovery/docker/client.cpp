#include "docker/client.hpp"

#include "docker/api_codec.hpp"
#include "docker/container_codec.hpp"
#include "docker/json_splitter.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

// The newest version whose answers waggle was tried against.
constexpr const char* our_newest_api = "1.47";

std::pair<int, int> numbers(const std::string& version) {
  std::pair<int, int> out{0, 0};
  const auto dot = version.find('.');
  if (dot == std::string::npos) return out;
  std::from_chars(version.data(), version.data() + dot, out.first);
  std::from_chars(version.data() + dot + 1, version.data() + version.size(), out.second);
  return out;
}

std::string percent_encoded(const std::string& text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (plain) {
      out += c;
    } else {
      const auto b = static_cast<unsigned char>(c);
      out += '%';
      out += hex[b >> 4];
      out += hex[b & 15];
    }
  }
  return out;
}

// The Engine's older form {"key":{"value":true}}: every API version takes it. Ids and keys are plain letters and digits.
std::string any_of(const std::string& key, const std::vector<std::string>& values) {
  std::string out = "\"" + key + "\":{";
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += (i == 0 ? "\"" : ",\"") + values[i] + "\":true";
  }
  return out + "}";
}

}  // namespace

bool api_before(const std::string& a, const std::string& b) { return numbers(a) < numbers(b); }

std::string negotiate_api(const std::string& engine_newest, const std::string& engine_oldest) {
  std::string chosen = api_before(engine_newest, our_newest_api) ? engine_newest : our_newest_api;
  if (!engine_oldest.empty() && api_before(chosen, engine_oldest)) chosen = engine_oldest;
  return chosen;
}

std::string engine_client::versioned(const std::string& path, const std::string& filters) const {
  return "/v" + api_ + path + (filters.empty() ? "" : "?filters=" + percent_encoded("{" + filters + "}"));
}

engine_result<std::string> engine_client::whole(const std::string& target) {
  std::string body;
  constexpr std::size_t limit = 4u << 20;
  const auto answer = wire_.get(target, [&body](std::string_view bytes) {
    body.append(bytes);
    return body.size() <= limit;
  });
  if (!answer.whole()) return judge_failure(answer.failure, endpoint_);
  if (answer.status >= 300) return judge_status(answer.status, answer.error_body, endpoint_, target);
  return body;
}

template <class Object, class Decode>
engine_result<std::vector<Object>> engine_client::list(const std::string& target, Decode decode) {
  std::vector<Object> out;
  std::string bad;
  json_splitter splitter(json_splitter::shape::array, [&](std::string_view element) {
    auto object = decode(element);
    if (object.has_error()) {
      bad = object.error().reason;
      return false;
    }
    out.push_back(std::move(*object));
    return true;
  });
  const auto answer = wire_.get(target, [&](std::string_view bytes) {
    if (splitter.feed(bytes)) return true;
    if (bad.empty()) bad = "not a JSON list";
    return false;
  });
  if (!bad.empty()) return judge_garbage(bad, endpoint_);
  if (!answer.whole()) return judge_failure(answer.failure, endpoint_);
  if (answer.status >= 300) return judge_status(answer.status, answer.error_body, endpoint_, target);
  if (!splitter.complete()) return judge_garbage("the list is cut short", endpoint_);
  return out;
}

engine_result<engine_version> engine_client::connect() {
  auto body = whole("/version");
  if (body.has_error()) return body.error();
  auto version = decode_version(*body);
  if (version.has_error()) {
    auto fault = judge_garbage(version.error().reason, endpoint_);
    fault.kind = fault_kind::not_an_engine;
    return fault;
  }
  api_ = negotiate_api(version->api_version, version->min_api_version);
  return *version;
}

engine_result<std::vector<service>> engine_client::services(const std::vector<std::string>& ids) {
  return list<service>(versioned("/services", ids.empty() ? std::string() : any_of("id", ids)), decode_service);
}

engine_result<std::vector<task>> engine_client::tasks_that_are(const std::vector<std::string>& desired_states,
                                                               const std::vector<std::string>& service_ids) {
  std::string filters = any_of("desired-state", desired_states);
  if (!service_ids.empty()) filters += "," + any_of("service", service_ids);
  base::text_pool pool;
  return list<task>(versioned("/tasks", filters), [&pool](std::string_view json) { return decode_task(json, pool); });
}

engine_result<std::vector<task>> engine_client::tasks(const std::vector<std::string>& service_ids) {
  return tasks_that_are({"running"}, service_ids);
}

engine_result<std::vector<task>> engine_client::ended_tasks(const std::vector<std::string>& service_ids) {
  return tasks_that_are({"shutdown"}, service_ids);
}

engine_result<std::vector<task>> engine_client::unwanted_tasks(const std::vector<std::string>& service_ids) {
  // Scaling down wants tasks removed, not shut down, since Docker 17.12; older Engines refuse a state that they do not know.
  if (api_before(api_, "1.35")) return ended_tasks(service_ids);
  return tasks_that_are({"shutdown", "remove"}, service_ids);
}

engine_result<network_map> engine_client::networks() {
  const bool by_scope = !api_before(api_, "1.29");
  auto listed = list<network>(versioned("/networks", by_scope ? any_of("scope", {"swarm"}) : any_of("driver", {"overlay"})), decode_network);
  if (listed.has_error()) return listed.error();
  network_map out;
  for (auto& n : *listed) {
    std::string id = n.id;
    out.emplace(std::move(id), std::move(n));
  }
  return out;
}

engine_result<std::vector<node>> engine_client::nodes() { return list<node>(versioned("/nodes"), decode_node); }

engine_result<own_container> engine_client::container(const std::string& id) {
  auto body = whole(versioned("/containers/" + percent_encoded(id) + "/json"));
  if (body.has_error()) return body.error();
  auto out = decode_container(*body);
  if (out.has_error()) return judge_garbage(out.error().reason, endpoint_);
  return *out;
}

engine_result<std::vector<container>> engine_client::containers() {
  return list<discovery::container>(versioned("/containers/json"), decode_listed_container);
}

std::string engine_client::events_target(engine_scope of) const {
  if (of == engine_scope::containers) {
    return versioned("/events",
                     any_of("type", {"container"}) + "," + any_of("event", {"start", "die", "health_status", "rename", "pause", "unpause"}));
  }
  return versioned("/events", any_of("type", {"service", "node", "network", "container"}) + "," +
                                  any_of("event", {"create", "update", "remove", "start", "die", "kill", "stop", "destroy", "health_status",
                                                   "connect", "disconnect"}));
}

}  // namespace waggle::discovery
