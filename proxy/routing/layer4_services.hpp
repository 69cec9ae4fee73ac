// Services below HTTP of all providers, from one publish to the next: what did not change is kept, by value; what left gives its numbers
// back. The same for TCP and UDP, whose own options a Kind adds.
#pragma once

#include "routing/layer4_servers.hpp"

#include <waggle/base/clock.hpp>
#include <waggle/model/configuration.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

/// Lists that were not touched are compared by pointers.
template <class List>
bool same_lists(const std::vector<model::provider_configuration>& a, const std::vector<model::provider_configuration>& b, const List& list_of) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    if (x.provider != y.provider || !x.config != !y.config) return false;
    return !x.config || x.config == y.config || list_of(*x.config) == list_of(*y.config);
  });
}

/// @tparam Kind  Model and Plan: types of a service; protocol: "tcp"; list(configuration): its services; finish(Plan&, const Model&): what
/// only this protocol has, or why it cannot be. Not thread-safe; one caller.
template <class Kind>
class layer4_services {
 public:
  using service_ptr = std::shared_ptr<const typename Kind::Plan>;

  layer4_services(const options& opts, numbers& servers) : servers_(opts, servers, Kind::protocol) {}

  /// What is served from now on. @param changed  is told of each service that was there, and what it is now (null: gone).
  template <class Changed>
  layer4_servers::departed renew(const std::vector<model::provider_configuration>& providers, base::mono_time now, const Changed& changed);

  /// As the last renew() left them, in their order.
  const std::vector<service_ptr>& all() const noexcept { return list_; }
  /// Routes that name services by place have to be made anew.
  bool places_changed() const noexcept { return places_changed_; }
  /// The place of a service in all(). @param key  "provider/name".
  base::text_result<std::size_t> place_of(const std::string& key, const std::string& name) const {
    const auto it = services_.find(key);
    if (it == services_.end()) return base::text_error{"undefined service '" + name + "'"};
    if (!it->second.made) return base::text_error{"service '" + name + "': " + it->second.broken};
    return it->second.place;
  }

 private:
  struct known {
    service_ptr made{};
    std::string broken{};  ///< why there is none
    std::shared_ptr<const typename Kind::Model> source{};
    std::size_t place = 0;
  };
  using map = std::unordered_map<std::string, known>;  ///< by key

  known keep_or_build(const std::string& key, std::shared_ptr<const typename Kind::Model> from, base::mono_time now);
  base::text_result<service_ptr> build(const std::string& key, const std::shared_ptr<const typename Kind::Model>& from, base::mono_time now);

  layer4_servers servers_;
  map services_;
  std::vector<service_ptr> list_;
  bool places_changed_ = false;
};

template <class Kind>
auto layer4_services<Kind>::build(const std::string& key, const std::shared_ptr<const typename Kind::Model>& from, base::mono_time now)
    -> base::text_result<service_ptr> {
  auto out = std::make_shared<typename Kind::Plan>();
  out->key = key;
  out->name = from->name;
  const auto before = services_.find(key);
  const plan::layer4_service* const was = before == services_.end() ? nullptr : before->second.made.get();
  const layer4_facts facts{from->servers, from->scheduling, from->persistence};
  if (auto ok = Kind::finish(*out, *from); !ok) return ok.error();
  if (auto ok = servers_.build(*out, facts, was, now); !ok) return ok.error();
  out->source = from;
  servers_.take_numbers(*out);
  return service_ptr(std::move(out));
}

template <class Kind>
auto layer4_services<Kind>::keep_or_build(const std::string& key, std::shared_ptr<const typename Kind::Model> from, base::mono_time now) -> known {
  if (const auto it = services_.find(key); it != services_.end() && (it->second.source == from || *it->second.source == *from)) return it->second;
  auto built = build(key, from, now);
  if (built) return {std::move(*built), {}, std::move(from)};
  return {nullptr, built.error().reason, std::move(from)};
}

template <class Kind>
template <class Changed>
layer4_servers::departed layer4_services<Kind>::renew(const std::vector<model::provider_configuration>& providers, base::mono_time now,
                                                      const Changed& changed) {
  map next;
  std::vector<service_ptr> list;
  for (const model::provider_configuration& p : providers) {
    if (!p.config) continue;
    const auto& all = Kind::list(*p.config);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string key = p.provider + "/" + all[i].name;
      if (next.contains(key)) continue;
      known one = keep_or_build(key, all.held(i), now);
      one.place = list.size();
      if (one.made) list.push_back(one.made);
      next.emplace(key, std::move(one));
    }
  }
  // What was replaced gives its numbers back after the new ones were taken: who stays keeps its number.
  layer4_servers::departed out;
  for (const auto& [key, was] : services_) {
    if (!was.made) continue;
    const auto it = next.find(key);
    const typename Kind::Plan* const is = it == next.end() ? nullptr : it->second.made.get();
    if (is == was.made.get()) continue;
    changed(*was.made, is);
    servers_.depart(*was.made, is, out);
  }
  places_changed_ = next.size() != services_.size() || !std::all_of(next.begin(), next.end(), [&](const auto& e) {
                      const auto was = services_.find(e.first);
                      return was != services_.end() && was->second.broken == e.second.broken && was->second.place == e.second.place;
                    });
  list_ = std::move(list);
  services_ = std::move(next);
  servers_.sweep();
  return out;
}

}  // namespace waggle::proxy::routing
