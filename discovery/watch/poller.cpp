#include "watch/poller.hpp"

#include "watch/leaving_tasks.hpp"

#include <algorithm>
#include <utility>

namespace waggle::discovery {

namespace {

constexpr base::seconds after_refusal{60};

}  // namespace

/// Names are for people: an Engine (or a socket proxy before it) that refuses the list costs the names and nothing else.
engine_result<void> poller::learn_nodes(const std::vector<task>& tasks) {
  bool wanted = nodes_stale_;
  const void* last = nullptr;  // tasks of one node share the text of its id
  for (const task& t : tasks) {
    if (t.node_id.empty() || t.node_id.address() == last) continue;
    last = t.node_id.address();
    wanted = wanted || !nodes_.contains(t.node_id.str());
  }
  if (!wanted || base::now() < nodes_again_) return {};
  auto listed = client_.nodes();
  if (listed.has_error()) {
    const auto kind = listed.error().kind;
    const bool refused = kind == fault_kind::engine_error || kind == fault_kind::gone || kind == fault_kind::not_an_engine ||
                         kind == fault_kind::garbage || kind == fault_kind::not_manager;
    if (!refused) return listed.error();
    nodes_again_ = base::now() + after_refusal;
    return {};
  }
  nodes_stale_ = false;
  nodes_again_ = {};
  nodes_.clear();
  troubled_.clear();
  down_.clear();
  for (const node& n : *listed) {
    nodes_[n.id] = n.hostname;
    const bool down = n.state == "down" || n.state == "disconnected", drained = n.availability == "drain";
    if (down) down_.insert(n.id);
    if (down || drained || n.availability == "pause") troubled_.push_back({n.hostname.empty() ? n.id : n.hostname, down, drained});
  }
  for (const task& t : tasks)
    if (!t.node_id.empty()) nodes_.try_emplace(t.node_id.str());  // asked for once
  return {};
}

engine_result<std::vector<task>> poller::tasks(const std::vector<std::string>& service_ids) {
  step_ = "tasks";
  auto out = client_.tasks(service_ids);
  if (out.has_error()) return out;
  if (auto learnt = learn_nodes(*out); learnt.has_error()) return learnt.error();
  const void* last = nullptr;
  base::shared_text name;
  for (task& t : *out) {
    if (t.node_id.empty()) continue;
    if (t.node_id.address() != last) {
      last = t.node_id.address();
      const auto known = nodes_.find(t.node_id.str());
      name = known == nodes_.end() ? base::shared_text{} : known->second;
    }
    t.node_name = name;
  }
  return out;
}

using views_t = std::vector<std::shared_ptr<const service_view>>;

engine_result<views_t> poller::views(const look& what, const snapshot& before) {
  if (what.kind == poll_scope::tasks) {
    // Containers of a service that was removed are told of for seconds; asked about it, the Engine refuses the whole list.
    const auto places = places_of(what.services, before);
    if (places.empty()) {
      answered_ = base::now();
      return before.services;
    }
    std::vector<std::string> known;
    for (const std::size_t i : places) known.push_back(before.services[i]->spec.id);
    auto tasks = this->tasks(known);
    if (tasks.has_error()) return tasks.error();
    answered_ = base::now();
    return overlay_tasks(places, std::move(*tasks), before);
  }
  step_ = "services";
  auto services = client_.services(what.services);
  if (services.has_error()) return services.error();
  if (what.kind == poll_scope::full) {
    auto tasks = this->tasks({});
    if (tasks.has_error()) return tasks.error();
    answered_ = base::now();
    return assemble(std::move(*services), std::move(*tasks), before);
  }
  // The id filter matches prefixes; what was not asked for is not part of the answer.
  std::erase_if(*services, [&](const service& s) { return std::find(what.services.begin(), what.services.end(), s.id) == what.services.end(); });
  std::vector<std::string> ids;
  for (const auto& s : *services) ids.push_back(s.id);
  std::vector<task> tasks;
  if (!ids.empty()) {
    auto answer = this->tasks(ids);
    if (answer.has_error()) return answer.error();
    tasks = std::move(*answer);
  }
  answered_ = base::now();
  return overlay(what.services, std::move(*services), std::move(tasks), before);
}

/// The list of wanted tasks lacks those that are being stopped: they are asked for by their services, while there are any.
engine_result<void> poller::look_after(std::vector<std::shared_ptr<const service_view>>& now, const snapshot& before) {
  const auto left = who_left(before, now, down_);
  if (left.empty()) return {};
  step_ = "tasks";
  std::vector<std::string> services;
  for (const left_tasks& one : left) services.push_back(now[one.place]->spec.id);
  auto ended = client_.ended_tasks(services);
  if (ended.has_error()) return ended.error();
  answered_ = base::now();
  keep_leaving(now, left, *ended, before);
  return {};
}

engine_result<snapshot> poller::take(const look& what, const snapshot& before) {
  auto found = views(what, before);
  if (found.has_error()) return found.error();
  if (auto looked = look_after(*found, before); looked.has_error()) return looked.error();
  snapshot out;
  out.services = std::move(*found);
  out.networks = networks_;
  // What did not change was asked about when it was new.
  std::vector<std::shared_ptr<const service_view>> fresh;
  const auto places = changed_places(before, out);
  if (places)
    for (const std::size_t i : *places) fresh.push_back(out.services[i]);
  const auto unknown = unknown_networks(places ? fresh : out.services, networks_);
  const bool wanted = std::any_of(unknown.begin(), unknown.end(), [this](const auto& id) { return !absent_.contains(id); });
  if (networks_stale_ || what.networks || wanted) {
    step_ = "networks";
    auto networks = client_.networks();
    if (networks.has_error()) return networks.error();
    keep_networks_in_use(*networks, networks_, out.services);
    networks_ = std::move(*networks);
    networks_stale_ = false;
    answered_ = base::now();
    out.networks = networks_;
    const auto still = unknown_networks(out.services, networks_);
    absent_ = {still.begin(), still.end()};
    if (still.empty()) return out;
    for (const std::string& id : moving_.hold(out, before, answered_)) absent_.erase(id);  // asked for again
  }
  return out;
}

}  // namespace waggle::discovery
