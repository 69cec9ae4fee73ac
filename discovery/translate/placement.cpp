#include "translate/placement.hpp"

#include "labels/go_value.hpp"
#include "labels/label_use.hpp"
#include "translate/names.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

namespace waggle::discovery {

namespace {

using base::log_level;
using model::severity;

template <class Names>
std::string joined(const Names& names) {
  std::string out;
  for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
  return out.empty() ? "none" : out;
}

// Says why nothing can be reached (or that a choice was a guess), once for the service.
class network_report {
 public:
  network_report(const service_view& view, const service_plan& plan, const network_map& networks, const own_networks& own)
      : view_(view), plan_(plan), own_(own) {
    for (const auto& id : view.spec.network_ids) {
      if (const auto it = networks.find(id); it != networks.end()) attached_.insert(it->second.name);
    }
  }

  /// It is reached without any network of its own.
  void note_published() noexcept { ++good_; }

  void note(const std::vector<reach>& candidates, network_choice choice) {
    for (const auto& c : candidates) {
      if (!c.ingress && attached_.find(c.network) == attached_.end()) attached_.emplace(c.network);
    }
    if (choice.chosen != nullptr) ++good_;
    last_ = choice.answer;
    if (choice.answer == network_answer::chosen_among_many) among_ = choice.chosen->network;
  }

  bool nothing_reached() const noexcept { return good_ == 0; }

  void tell(std::vector<model::diagnostic>& out) const {
    const std::string label = plan_.network.empty() ? "" : "traefik.docker.network";
    const auto add = [&](severity level, const char* code, std::string text, std::string fix) {
      out.push_back({level, code, label, shown(plan_.network, most_shown), shown(text, most_said), shown(fix, most_said)});
    };
    if (good_ == 0) {
      switch (last_) {
        case network_answer::not_attached:
          add(severity::error, "unknown-network", said_name(view_.spec) + " is on no network of that name; it is on: " + joined(attached_), hint());
          out.back().instead = only();
          break;
        case network_answer::named_not_shared:
          add(severity::error, "network-not-shared",
              "waggle is not attached to " + plan_.network + " and cannot reach " + (container() ? "it" : "the tasks") +
                  "; waggle is on: " + own_names(),
              "attach waggle to " + plan_.network + ", or name a network that both are on");
          break;
        case network_answer::not_shared:
          add(severity::error, "no-shared-network",
              std::string("waggle shares no network with it; the ") + (container() ? "container" : "service") + " is on: " + joined(attached_) +
                  "; waggle is on: " + own_names(),
              container() ? "docker network connect one of its networks to waggle's container, or one of waggle's to it"
                          : "attach waggle to one of the service's networks, or the service to one of waggle's");
          break;
        default:
          if (container()) {
            add(severity::error, "no-network", "it has no address on a network", "docker network connect a network to it that waggle is on, too");
            break;
          }
          add(severity::error, "no-network", "its tasks have no address on an overlay network",
              "attach the service to an overlay network that waggle is on, too");
      }
      return;
    }
    if (!among_.empty()) {
      add(severity::note, "several-networks", "several networks would do (" + joined(attached_) + "); " + among_ + " is used",
          "set traefik.docker.network to choose one");
    }
  }

 private:
  bool container() const noexcept { return view_.spec.container; }
  std::string own_names() const {
    std::set<std::string> names;
    if (own_) {
      for (const auto& [id, name] : *own_) names.insert(name);
    }
    return joined(names);
  }
  // docker stack deploy puts the stack's name before the network's; people leave it out (Traefik's most common complaint).
  std::string hint() const {
    for (const auto& name : attached_) {
      if (name.size() > plan_.network.size() + 1 &&
          name.compare(name.size() - plan_.network.size() - 1, std::string::npos, "_" + plan_.network) == 0) {
        return "write the network's full name: " + name;
      }
    }
    if (const std::string one = only(); !one.empty())
      return "write traefik.docker.network=" + one +
             ", the only one (--compat=traefik1 takes it whatever the label says), or attach the service to " + plan_.network;
    return "write one of them, or attach the service to " + plan_.network;
  }
  // The network that must have been meant, if there is no other.
  std::string only() const {
    const auto reachable = [this](std::string_view name) {
      return !own_ || std::any_of(own_->begin(), own_->end(), [&](const auto& n) { return n.second == name; });
    };
    std::string out;
    for (const auto& name : attached_) {
      if (!reachable(name)) continue;
      if (!out.empty()) return {};
      out = name;
    }
    return out;
  }

  const service_view& view_;
  const service_plan& plan_;
  const own_networks& own_;
  std::set<std::string, std::less<>> attached_;
  std::size_t good_ = 0;
  network_answer last_ = network_answer::none_attached;
  std::string among_;
};

// The specification asks for the network that the label names, but this task is from before that: reach it as if
// there were no label, so that an update that adds a network loses nothing.
bool network_is_coming(const service& s, const std::string& wanted, const network_map& networks) {
  return std::any_of(s.network_ids.begin(), s.network_ids.end(), [&](const std::string& id) {
    const auto it = networks.find(id);
    return it != networks.end() && it->second.name == wanted;
  });
}

class placer {
 public:
  placer(const service_view& view, const service_plan& plan, const network_map& networks, const own_networks& own, const options& opts)
      : view_(view), plan_(plan), networks_(networks), own_(own), opts_(opts), report_(view, plan, networks, own) {}

  placement run() {
    if (plan_.swarm_balancing) by_virtual_address();
    else by_tasks();
    if (!opts_.compat_traefik1 && plan_.swarm_balancing && view_.spec.endpoint_mode != "vip") {
      out_.unreachable = true;
      out_.diagnostics.push_back(
          {severity::error, "no-virtual-address", "traefik.backend.loadbalancer.swarm", "true",
           "the service has no virtual address (endpoint mode " + (view_.spec.endpoint_mode.empty() ? "not set" : view_.spec.endpoint_mode) + ")",
           "remove the label, or use endpoint mode vip"});
    } else if (!opts_.compat_traefik1) {
      report_.tell(out_.diagnostics);
      out_.unreachable = report_.nothing_reached();
    }
    return std::move(out_);
  }

 private:
  void by_tasks() {
    for (const auto& t : view_.tasks) {
      if (t.leaving() && !plan_.layer4.empty()) place_leaving(t);
      if (!t.running()) continue;
      ++out_.running;
      place(&t, reaches_of(t.attachments, networks_, opts_.compat_traefik1));
    }
    if (out_.running == 0 && !opts_.compat_traefik1) predict_network();
  }

  void by_virtual_address() {
    const auto& s = view_.spec;
    if (s.endpoint_mode == "dnsrr") {
      out_.lines.push_back(
          {log_level::warning, "Ignored dnsrr endpoint-mode not supported, service name: " + s.name + ". Fallback to Traefik load balancing"});
    } else if (s.endpoint_mode == "vip") {
      for (const auto& v : s.virtual_ips) {
        if (!networks_.contains(v.network_id)) {
          out_.lines.push_back({log_level::debug, "Network not found, id: " + v.network_id});
        } else if (v.address.empty()) {
          out_.lines.push_back({log_level::debug, "No virtual IPs found in network " + v.network_id});
        }
      }
      out_.running = static_cast<std::size_t>(std::count_if(view_.tasks.begin(), view_.tasks.end(), [](const task& t) { return t.running(); }));
      place(nullptr, reaches_of(s.virtual_ips, networks_, opts_.compat_traefik1));
    }
  }

  bool is_published(const task* t) const {
    return t != nullptr && !t->bindings.empty() &&
           std::all_of(plan_.segments.begin(), plan_.segments.end(), [&](const segment_plan& s) { return binding_of(*t, s.port) != nullptr; });
  }

  void place(const task* t, const std::vector<reach>& candidates) {
    addressed_task item;
    const network_wish wish{plan_.network, opts_.network};
    const reach* chosen = nullptr;
    if (opts_.compat_traefik1) {
      chosen = choose_network_traefik1(candidates, wish, item.network_missed);
    } else {
      auto choice = choose_network(candidates, wish, own_);
      if (choice.answer == network_answer::not_attached && network_is_coming(view_.spec, plan_.network, networks_)) {
        choice = choose_network(candidates, {{}, wish.option}, own_);
      }
      const bool elsewhere = choice.chosen == nullptr && is_published(t);
      if (elsewhere) report_.note_published();
      else report_.note(candidates, choice);
      chosen = choice.chosen;
    }
    if (chosen == nullptr && is_published(t)) {
      item.at = t;
      out_.items.push_back(std::move(item));
    }
    if (chosen == nullptr) return;
    if (out_.network.empty()) out_.network = chosen->network;
    item.at = t;
    item.network_id = &networks_.find(chosen->network_id)->first;
    item.address = chosen->address;
    out_.items.push_back(std::move(item));
  }

  /// As it was placed while it ran; what it cannot be reached by any more is not told.
  void place_leaving(const task& t) {
    const auto candidates = reaches_of(t.attachments, networks_, opts_.compat_traefik1);
    bool missed = false;
    const network_wish wish{plan_.network, opts_.network};
    const reach* const chosen =
        opts_.compat_traefik1 ? choose_network_traefik1(candidates, wish, missed) : choose_network(candidates, wish, own_).chosen;
    if (chosen != nullptr) out_.leaving.push_back({&t, &networks_.find(chosen->network_id)->first, chosen->address, missed});
  }

  // No task runs: judge by the networks that the specification asks for, so that a wrong label shows at once.
  void predict_network() {
    std::vector<reach> candidates;
    for (const auto& id : view_.spec.network_ids) {
      if (const auto it = networks_.find(id); it != networks_.end()) {
        candidates.push_back({id, it->second.name, "", it->second.ingress || it->second.name == "ingress"});
      }
    }
    auto choice = choose_network(candidates, {plan_.network, opts_.network}, own_);
    // Without any network in the specification (old Engines, host mode) there is nothing to judge yet.
    static const reach unknown;
    if (candidates.empty()) choice = {network_answer::chosen, &unknown};
    report_.note(candidates, choice);
    if (choice.chosen != nullptr) out_.network = choice.chosen->network;
  }

  const service_view& view_;
  const service_plan& plan_;
  const network_map& networks_;
  const own_networks& own_;
  const options& opts_;
  network_report report_;
  placement out_;
};

}  // namespace

const port_binding* binding_of(const task& t, std::string_view port) {
  const auto it = std::find_if(t.bindings.begin(), t.bindings.end(), [&](const port_binding& b) { return std::to_string(b.target) == port; });
  return it == t.bindings.end() ? nullptr : &*it;
}

std::string item_name(const service& s, const addressed_task& item) {
  if (s.container) return "/" + s.name;
  if (item.at == nullptr) return s.name;
  return s.name + "." + (s.global ? item.at->id.str() : std::to_string(item.at->slot));
}

model::origin origin_of(const service& s, const base::shared_text& service_id, const base::shared_text& service_name, const addressed_task& item) {
  model::origin out;
  out.service_id = service_id;
  out.service_name = service_name;
  if (item.at == nullptr) return out;
  out.task_id = item.at->id;
  out.slot = s.global ? 0 : item.at->slot;
  out.node_id = item.at->node_id;
  out.node_name = item.at->node_name;
  return out;
}

model::server make_server(const service& s, const base::shared_text& service_id, const base::shared_text& service_name, const segment_plan& segment,
                          const addressed_task& item) {
  model::server out;
  const port_binding* const published = item.at != nullptr && !item.at->bindings.empty() ? binding_of(*item.at, segment.port) : nullptr;
  const std::string_view host = published != nullptr ? std::string_view(published->address) : item.address;
  const std::string port_text = published != nullptr ? std::to_string(published->published) : segment.port;
  const std::string place = join_host_port(host, port_text);
  const std::string url = segment.protocol + "://" + place;
  out.url = url;
  out.name = server_name(item_name(s, item), url);
  // With the port: two segments of a service are two endpoints of its tasks.
  out.id = (item.at != nullptr ? item.at->id.str() : s.id) + "@" + place;
  out.scheme = segment.protocol;
  out.host = host;
  unsigned port = 0;
  const char* last = port_text.data() + port_text.size();
  const auto [end, ec] = std::from_chars(port_text.data(), last, port);
  if (ec == std::errc() && end == last && port <= 65535) out.port = static_cast<std::uint16_t>(port);
  out.weight = segment.weight;
  out.origin = origin_of(s, service_id, service_name, item);
  return out;
}

placement place_service(const service_view& view, const service_plan& plan, const network_map& networks, const own_networks& own,
                        const options& opts) {
  return placer(view, plan, networks, own, opts).run();
}

}  // namespace waggle::discovery
