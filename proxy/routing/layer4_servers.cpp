#include "routing/layer4_servers.hpp"

#include "affinity/opaque.hpp"
#include "affinity/slot_history.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace waggle::proxy::routing {
namespace {

constexpr int most_weight = 65'535;

/// All replicas agree on it, with a key of theirs or without.
schedule::key16 hash_key_of(const options& opts) {
  schedule::key16 out{'w', 'a', 'g', 'g', 'l', 'e', ' ', 'l', 'a', 'y', 'e', 'r', ' ', '4', ' ', '1'};
  if (opts.sticky_key.empty()) return out;
  const std::string value = affinity::opaque_key(opts.sticky_key).value_of({}, "layer 4");
  std::memcpy(out.data(), value.data(), std::min(out.size(), value.size()));
  return out;
}

/// Its task has a place in that service still, perhaps at another port: labels that change touch new connections only.
bool has_task(const plan::layer4_service& in, const plan::layer4_server& of) {
  const auto& task = of.origin.task_id;
  return task.empty() || std::any_of(in.servers.begin(), in.servers.end(), [&](const plan::layer4_server& s) { return s.origin.task_id == task; });
}

base::text_result<io::socket_address> address_of(const model::server& s) {
  if (s.weight < 0) return base::text_error{"server " + s.url + ": its weight is below 0"};
  if (s.port == 0) return base::text_error{"server " + s.url + " has no port"};
  auto address = io::make_address(s.host, s.port);
  if (!address) return base::text_error{"server " + s.url + ": " + address.error().reason};
  return address;
}

}  // namespace

const plan::layer4_server* find_server(const plan::layer4_service& in, const base::shared_text& key) {
  const auto it = std::find_if(in.servers.begin(), in.servers.end(), [&](const plan::layer4_server& s) { return s.key == key; });
  return it == in.servers.end() ? nullptr : &*it;
}

layer4_servers::layer4_servers(const options& opts, numbers& servers, std::string_view protocol)
    : options_(opts), servers_(servers), protocol_(protocol), hash_key_(hash_key_of(opts)) {}

plan::layer4_server layer4_servers::make_server(const plan::layer4_service& of, const model::server& from, const io::socket_address& address) const {
  plan::layer4_server s;
  s.key = (from.id.empty() ? base::shared_text(of.key + "/" + from.url) : from.id) + ("|" + protocol_);
  s.name = from.name;
  s.url = from.url;
  s.address = address;
  s.host_header = address.text();
  s.weight = static_cast<unsigned>(std::min(from.weight, most_weight));
  s.origin = from.origin;
  s.slot = affinity::slot_of(from.origin);
  s.leaving = from.leaving;
  return s;
}

base::text_result<void> layer4_servers::build(plan::layer4_service& out, const layer4_facts& from, const plan::layer4_service* was,
                                              base::mono_time now) {
  out.servers.reserve(from.servers.size());
  for (const model::server& s : from.servers) {
    const auto address = address_of(s);
    if (!address) return address.error();
    out.servers.push_back(make_server(out, s, *address));
  }
  std::vector<schedule::server_facts> facts;
  facts.reserve(out.servers.size());
  for (plan::layer4_server& s : out.servers) {
    // Who joins a service that was served before begins slowly.
    const plan::layer4_server* const known = was ? find_server(*was, s.key) : nullptr;
    s.arrival = known ? known->arrival : ++arrivals_;
    s.joined_at = known ? known->joined_at : was ? static_cast<io::time_ms>(now.time_since_epoch() / std::chrono::milliseconds(1)) : 0;
    auto& counts = counts_[s.key.str()];
    if (!counts) counts = std::make_shared<schedule::connection_counts>(std::max(1u, options_.workers));
    s.open = counts;
    // A server that leaves counts for nothing among the hashed ones.
    facts.push_back({s.slot.empty() ? s.address.text() : s.slot, s.leaving ? 0 : s.weight, s.arrival});
  }
  auto& turns = turns_[out.key];
  if (!turns) turns = std::make_shared<schedule::shared_state>();
  out.turns = turns;
  out.schedule = schedule::plan::make(from.scheduling, facts, hash_key_);
  out.owner = schedule::owner_of(hash_key_, protocol_ + "/" + out.key, from.persistence ? from.persistence->group : std::string());
  return {};
}

void layer4_servers::take_numbers(plan::layer4_service& s) {
  for (plan::layer4_server& one : s.servers) one.id = servers_.take(one.key);
  s.id = services_.take(base::shared_text(s.key));
}

void layer4_servers::depart(const plan::layer4_service& was, const plan::layer4_service* is, departed& to) {
  for (const plan::layer4_server& s : was.servers) {
    plan::dense_id id = 0;
    if (!servers_.give_back(s.key, id)) continue;
    to.servers.push_back(id);
    servers_.free.push_back(id);
    if (is && !has_task(*is, s)) to.gone.push_back(id);
  }
  plan::dense_id id = 0;
  if (!services_.give_back(base::shared_text(was.key), id)) return;
  to.services.push_back(id);
  services_.free.push_back(id);
}

void layer4_servers::sweep() {
  std::erase_if(counts_, [](const auto& e) { return e.second.use_count() <= 1; });
  std::erase_if(turns_, [](const auto& e) { return e.second.use_count() <= 1; });
}

}  // namespace waggle::proxy::routing
