#include "routing/compile_tcp.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
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

const plan::tcp_server* find(const plan::tcp_service& in, const base::shared_text& key) {
  const auto it = std::find_if(in.servers.begin(), in.servers.end(), [&](const plan::tcp_server& s) { return s.key == key; });
  return it == in.servers.end() ? nullptr : &*it;
}

/// Its task has a place in that service still, perhaps at another port: labels that change touch new connections only.
bool has_task(const plan::tcp_service& in, const plan::tcp_server& of) {
  const auto& task = of.origin.task_id;
  return task.empty() || std::any_of(in.servers.begin(), in.servers.end(), [&](const plan::tcp_server& s) { return s.origin.task_id == task; });
}

base::text_result<io::socket_address> address_of(const model::server& s) {
  if (s.weight < 0) return base::text_error{"server " + s.url + ": its weight is below 0"};
  if (s.port == 0) return base::text_error{"server " + s.url + " has no port"};
  auto address = io::make_address(s.host, s.port);
  if (!address) return base::text_error{"server " + s.url + ": " + address.error().reason};
  return address;
}

/// Lists that were not touched are compared by pointers.
template <class List>
bool same(const std::vector<model::provider_configuration>& a, const std::vector<model::provider_configuration>& b,
          List model::tcp_configuration::*of) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [of](const auto& x, const auto& y) {
    if (x.provider != y.provider || !x.config != !y.config) return false;
    return !x.config || x.config == y.config || x.config->tcp.*of == y.config->tcp.*of;
  });
}

}  // namespace

void tcp_compiler::lasting::sweep() {
  std::erase_if(counts, [](const auto& e) { return e.second.use_count() <= 1; });
  std::erase_if(turns, [](const auto& e) { return e.second.use_count() <= 1; });
}

tcp_compiler::tcp_compiler(const options& opts, numbers& servers) : options_(opts), servers_(servers), hash_key_(hash_key_of(opts)) {}

plan::tcp_server tcp_compiler::make_server(const plan::tcp_service& of, const model::server& from, const io::socket_address& address) const {
  plan::tcp_server t;
  t.key = (from.id.empty() ? base::shared_text(of.key + "/" + from.url) : from.id) + "|tcp";  // HTTP at the same port is another matter
  t.name = from.name;
  t.url = from.url;
  t.address = address;
  t.host_header = address.text();
  t.weight = static_cast<unsigned>(std::min(from.weight, most_weight));
  t.origin = from.origin;
  t.slot = affinity::slot_of(from.origin);
  t.leaving = from.leaving;
  return t;
}

base::text_result<tcp_compiler::service_ptr> tcp_compiler::build(const std::string& key, std::shared_ptr<const model::tcp_service> from) {
  if (from->proxy_protocol > 2) return base::text_error{"there is no version " + std::to_string(from->proxy_protocol) + " of the PROXY protocol"};
  auto out = std::make_shared<plan::tcp_service>();
  out->key = key;
  out->name = from->name;
  out->servers.reserve(from->servers.size());
  for (const model::server& s : from->servers) {
    const auto address = address_of(s);
    if (!address) return address.error();
    out->servers.push_back(make_server(*out, s, *address));
  }
  const auto before = services_.find(key);
  const plan::tcp_service* const was = before == services_.end() ? nullptr : before->second.made.get();
  std::vector<schedule::server_facts> facts;
  facts.reserve(out->servers.size());
  for (plan::tcp_server& s : out->servers) {
    // Who joins a service that was served before begins slowly.
    const plan::tcp_server* const known = was ? find(*was, s.key) : nullptr;
    s.arrival = known ? known->arrival : ++arrivals_;
    s.joined_at = known ? known->joined_at : was ? static_cast<io::time_ms>(now_.time_since_epoch() / std::chrono::milliseconds(1)) : 0;
    auto& counts = lasting_.counts[s.key.str()];
    if (!counts) counts = std::make_shared<schedule::connection_counts>(std::max(1u, options_.workers));
    s.open = counts;
    // A server that leaves counts for nothing among the hashed ones.
    facts.push_back({s.slot.empty() ? s.address.text() : s.slot, s.leaving ? 0 : s.weight, s.arrival});
  }
  auto& turns = lasting_.turns[key];
  if (!turns) turns = std::make_shared<schedule::shared_state>();
  out->turns = turns;
  out->schedule = schedule::plan::make(from->scheduling, facts, hash_key_);
  out->owner = schedule::owner_of(hash_key_, "tcp/" + key, from->persistence ? from->persistence->group : std::string());
  out->limits = {from->max_conn, from->max_conn_resume};
  out->slow_start = static_cast<io::time_ms>(from->slow_start.count());
  out->source = std::move(from);
  // Last, when nothing can fail any more.
  for (plan::tcp_server& s : out->servers) s.id = servers_.take(s.key);
  out->id = services_numbers_.take(base::shared_text(key));
  return service_ptr(std::move(out));
}

auto tcp_compiler::keep_or_build(const std::string& key, std::shared_ptr<const model::tcp_service> from) -> known_service {
  if (const auto it = services_.find(key); it != services_.end() && (it->second.source == from || *it->second.source == *from)) return it->second;
  auto built = build(key, from);
  if (built) return {std::move(*built), {}, std::move(from)};
  return {nullptr, built.error().reason, std::move(from)};
}

void tcp_compiler::add_services(const model::provider_configuration& p, table& to, service_map& next,
                                std::unordered_map<std::string, std::size_t>& places) {
  const auto& all = p.config->tcp.services;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string key = p.provider + "/" + all[i].name;
    if (next.contains(key)) continue;
    known_service one = keep_or_build(key, all.held(i));
    if (one.made) {
      places.emplace(key, to.tcp.services.size());
      to.tcp.services.push_back(one.made);
    }
    next.emplace(key, std::move(one));
  }
}

void tcp_compiler::note_leaving(const plan::tcp_service& was, const plan::tcp_service& is, tcp_table& to) const {
  if (is.source->drain.count() <= 0) return;
  for (const plan::tcp_server& s : is.servers) {
    if (!s.leaving) continue;
    const plan::tcp_server* const before = find(was, s.key);
    if (before && !before->leaving) to.leaving_servers.push_back({s.id, static_cast<io::time_ms>(is.source->drain.count())});
  }
}

void tcp_compiler::depart_one(const plan::tcp_service& was, const plan::tcp_service* is, table& to) {
  for (const plan::tcp_server& s : was.servers) {
    dense_id id = 0;
    if (!servers_.give_back(s.key, id)) continue;
    to.departed_server_ids.push_back(id);
    servers_.free.push_back(id);
    if (is && !has_task(*is, s)) to.tcp.gone_server_ids.push_back(id);
  }
  dense_id id = 0;
  if (!services_numbers_.give_back(base::shared_text(was.key), id)) return;
  to.tcp.departed_service_ids.push_back(id);
  services_numbers_.free.push_back(id);
}

/// What was replaced gives its numbers back after the new ones were taken: who stays keeps its number.
void tcp_compiler::depart(const service_map& next, table& to) {
  for (const auto& [key, known] : services_) {
    if (!known.made) continue;
    const auto it = next.find(key);
    const plan::tcp_service* const is = it == next.end() ? nullptr : it->second.made.get();
    if (is == known.made.get()) continue;
    if (is) note_leaving(*known.made, *is, to.tcp);
    depart_one(*known.made, is, to);
  }
}

bool tcp_compiler::on_our_entry_points(const model::tcp_router& r) const {
  return std::any_of(r.entry_points.begin(), r.entry_points.end(), [&](const std::string& name) {
    return std::any_of(options_.entry_points.begin(), options_.entry_points.end(),
                       [&](const entry_point& e) { return e.name == name && e.protocol == model::protocol::tcp; });
  });
}

std::shared_ptr<const tcp_routes> tcp_compiler::make_routes(const std::vector<model::provider_configuration>& providers,
                                                            const std::unordered_map<std::string, std::size_t>& places, const service_map& services,
                                                            std::vector<skipped_router>& skipped) const {
  auto out = std::make_shared<tcp_routes>();
  for (const model::provider_configuration& p : providers) {
    if (!p.config) continue;
    const auto& all = p.config->tcp.routers;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const model::tcp_router& r = all[i];
      const auto refuse = [&](const std::string& why) {
        skipped.push_back({p.provider, {model::protocol::tcp, r.name}, "TCP router " + r.name + ": " + why, r.name});
      };
      if (!on_our_entry_points(r)) {
        refuse(r.entry_points.empty() ? "it names no entry point" : "none of its entry points is there for TCP");
        continue;
      }
      const std::string key = p.provider + "/" + r.service;
      const auto to = places.find(key);
      if (to == places.end()) {
        const auto known = services.find(key);
        refuse(known == services.end() ? "undefined service '" + r.service + "'" : "service '" + r.service + "': " + known->second.broken);
        continue;
      }
      auto made = make_tcp_router(p.provider, all.held(i));
      if (!made) {
        refuse(made.error().reason);
        continue;
      }
      made->service = to->second;
      out->routers.push_back(std::move(*made));
    }
  }
  for (const entry_point& e : options_.entry_points) {
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < out->routers.size() && e.protocol == model::protocol::tcp; ++i) {
      const auto& on = out->routers[i].source->entry_points;
      if (std::find(on.begin(), on.end(), e.name) != on.end()) mine.push_back(i);
    }
    out->entries.emplace_back(out->routers, mine);
  }
  return out;
}

void tcp_compiler::compile(const std::vector<model::provider_configuration>& providers, base::mono_time now, table& to,
                           std::vector<skipped_router>& skipped) {
  now_ = now;
  if (same(providers, made_of_, &model::tcp_configuration::services) && same(providers, made_of_, &model::tcp_configuration::routers))
    return keep(to, skipped);
  to.tcp = {};
  service_map next;
  std::unordered_map<std::string, std::size_t> places;
  for (const model::provider_configuration& p : providers)
    if (p.config) add_services(p, to, next, places);
  depart(next, to);
  std::vector<std::string> keys;
  keys.reserve(to.tcp.services.size());
  for (const service_ptr& s : to.tcp.services) keys.push_back(s->key);
  const bool same_broken = next.size() == services_.size() && std::all_of(next.begin(), next.end(), [&](const auto& e) {
                             const auto was = services_.find(e.first);
                             return was != services_.end() && was->second.broken == e.second.broken;
                           });
  if (keys != keys_ || !same_broken || !same(providers, made_of_, &model::tcp_configuration::routers)) {
    skipped_.clear();
    routes_ = make_routes(providers, places, next, skipped_);
  }
  keys_ = std::move(keys);
  list_ = to.tcp.services;
  made_of_ = providers;
  services_ = std::move(next);
  lasting_.sweep();
  to.tcp.routes = routes_;
  skipped.insert(skipped.end(), skipped_.begin(), skipped_.end());
}

void tcp_compiler::keep(table& to, std::vector<skipped_router>& skipped) const {
  to.tcp = {};
  to.tcp.services = list_;
  to.tcp.routes = routes_;
  skipped.insert(skipped.end(), skipped_.begin(), skipped_.end());
}

}  // namespace waggle::proxy::routing
