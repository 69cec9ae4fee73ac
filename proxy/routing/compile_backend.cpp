// One backend of a configuration → one of the table: its servers, what makes it sticky, how long is waited, what is looked up by;
// and which of its servers are to be asked how they are.
#include "affinity/cookie_name.hpp"
#include "routing/compile.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace waggle::proxy::routing {

std::shared_ptr<plan::server_health> compiler::health_memory::get(const std::string& key, plan::health_verdict first) {
  auto& s = held[key];
  if (!s) s = std::make_shared<plan::server_health>(first);
  return s;
}

void compiler::health_memory::sweep() {
  std::erase_if(held, [](const auto& e) { return e.second.use_count() <= 1; });
}

namespace {

/// Traefik 1.7's words (those of Go's URL parser).
std::string no_port(const std::string& url) { return "parse \"" + url + "\": invalid port \"" + url.substr(url.rfind(':')) + "\" after host"; }

bool is_checked(const model::load_balancer& b) { return b.health_check && !b.health_check->path.empty(); }

void index_servers(backend& b) {
  if (b.servers.size() <= 16) return;
  for (std::size_t i = 0; i < b.servers.size(); ++i) {
    const server& s = b.servers[i];
    b.by_url.emplace(s.url, i);
    if (s.opaque.empty()) continue;
    const auto [it, fresh] = b.by_opaque.emplace(s.opaque, i);
    if (!fresh && s.arrival < b.servers[it->second].arrival) it->second = static_cast<std::uint32_t>(i);  // see sticky_cookie
  }
}

}  // namespace

base::text_result<io::socket_address> compiler::address_of(const model::server& s) const {
  if (s.weight < 0) return base::text_error{"error adding server " + s.url + " to load-balancer: weight should be >= 0"};
  if (s.internal) {
    if (!options_.dial_internal) return base::text_error{"server " + s.name.str() + ": this process has no such service"};
    return io::socket_address{};
  }
  if (s.scheme != "http")  // never in clear what was meant to be encrypted
    return base::text_error{"server URL " + s.url + ": only http servers are served by this version"};
  auto address = io::make_address(s.host, s.port);
  // Traefik takes what its URL parser takes, and fails to connect there: so does port 0 of this machine.
  const bool parses = s.port != 0 || s.url.view().ends_with(":0");
  if (options_.compat_traefik1 && parses && (!address || s.port == 0)) return io::make_address("127.0.0.1", 0);
  if (!address) return base::text_error{"error parsing server URL " + s.url + ": " + address.error().reason};
  if (s.port == 0) return base::text_error{"error parsing server URL " + s.url + ": " + no_port(s.url.str())};
  return address;
}

server compiler::make_server(const backend& of, const model::server& s, const io::socket_address& address) {
  server t;
  t.key = s.id.empty() ? base::shared_text(of.key + "/" + s.url) : s.id;
  if (s.scheme != "http") t.key = t.key + "|" + s.scheme;
  t.name = s.name;
  t.url = s.url;
  t.host_header = s.internal ? "localhost" : address.text();
  t.internal = s.internal;
  t.address = address;
  t.weight = s.weight == 0 && !options_.allow_zero_weight ? 1 : static_cast<unsigned>(s.weight);
  t.origin = s.origin;
  t.slot = affinity::slot_of(s.origin);
  // Who joins a service that was served before has to show a good check first; what was there when waggle came, or served
  // without checks, is believed to be well.
  const bool joins = backend_numbers_.by_key.contains(of.key) && !server_numbers_.by_key.contains(t.key);
  if (is_checked(*of.source)) t.health = health_.get(t.key + ("|" + of.key), joins ? plan::health_verdict::unproven : plan::health_verdict::up);
  if (joins) t.joined_at = static_cast<io::time_ms>(now_.time_since_epoch() / std::chrono::milliseconds(1));
  else if (of.source->slow_start.count() > 0) t.joined_at = joined_before(of.key, t.key);
  return t;
}

io::time_ms compiler::joined_before(const std::string& backend_key, const base::shared_text& server_key) const {
  const auto before = backends_.find(backend_key);
  if (before == backends_.end()) return 0;
  for (const server& s : before->second->servers)  // newcomers are few, and most servers keep their place
    if (s.key == server_key) return s.joined_at;
  return 0;
}

void compiler::make_sticky(backend& b) {
  const auto& balancer = b.source->balance;
  auto options = balancer ? model::cookie_of(*balancer) : std::nullopt;
  if (!options) return;
  b.affinity = model::affinity_of(*balancer);
  b.cookie_name = affinity::cookie_name(*options, b.name);
  b.opaque = options->value.empty() ? options_.sticky_opaque : options->value == "opaque";
  options->http_only = options->http_only || b.opaque;
  b.cookie_attributes = affinity::cookie_attributes(*options);
  const auto old = backends_.find(b.key);
  if (b.opaque && !key_.shared() && (old == backends_.end() || !old->second->opaque))
    log_.warning("Opaque sticky cookies without a key that replicas share: sessions move when waggle restarts or another replica answers",
                 {{"backend", b.name}, {"fix", "give every replica the same --sticky.keyFile"}});
  succession_.update(b.key, b, now_);
  if (!b.opaque && !key_.shared()) return;
  for (server& s : b.servers) s.opaque = key_.value_of(s.slot, s.url);
  for (departed_server& l : b.departed)
    if (l.successor < 0) l.opaque = key_.value_of(l.slot, l.url);  // looked for only by who may wait for it
}

void compiler::set_times(backend& b) const {
  const model::load_balancer& from = *b.source;
  const auto or_else = [](std::chrono::milliseconds own, std::chrono::milliseconds of_all) {
    return own == model::server_timeouts::unlimited ? std::chrono::milliseconds(0) : own.count() > 0 ? own : of_all;
  };
  b.hold = from.hold;
  b.timeouts = {or_else(from.timeouts.connect, options_.timeouts.connect), or_else(from.timeouts.response, options_.timeouts.response_head),
                or_else(from.timeouts.idle, options_.timeouts.response_body)};
  b.abort_on_close = from.abort_on_close;
  b.slow_start = static_cast<io::time_ms>(from.slow_start.count());
  if (from.balance) b.balance = model::policy_of(*from.balance);
}

void compiler::take_numbers(backend& b) {
  unsigned gcd = 0;
  for (server& s : b.servers) {
    s.id = server_numbers_.take(s.key);
    gcd = std::gcd(gcd, s.weight);
    b.weight_max = std::max(b.weight_max, s.weight);
  }
  b.weight_gcd = gcd == 0 ? 1 : gcd;
  b.id = backend_numbers_.take(b.key);
}

base::text_result<std::shared_ptr<const backend>> compiler::build_backend(const std::string& key, std::shared_ptr<const model::service> service) {
  const model::load_balancer* const balancer = balancer_of(*service);
  if (balancer == nullptr) return base::text_error{"service " + service->name + " has no servers, and this version has none for it"};
  std::shared_ptr<const model::load_balancer> source(service, balancer);
  if (const auto it = backends_.find(key); it != backends_.end() && (it->second->source == source || *it->second->source == *source))
    return it->second;
  auto out = std::make_shared<backend>();
  out->key = key;
  out->name = service->name;
  out->source = std::move(source);
  out->servers.reserve(out->source->servers.size());
  std::unordered_set<std::string_view> urls;
  for (const model::server& s : out->source->servers) {
    const auto address = address_of(s);
    if (!address) return address.error();
    // Equal URLs are one server to the balancer (Traefik 1.7).
    if (urls.insert(s.url.view()).second) out->servers.push_back(make_server(*out, s, *address));
  }
  make_sticky(*out);
  set_times(*out);
  take_numbers(*out);
  index_servers(*out);
  return std::shared_ptr<const backend>(std::move(out));
}

void compiler::add_health_targets(std::vector<health::target>& to, const model::provider_configuration& p, const backend_finder& find) {
  for (const model::service& service : p.config->http.services) {
    const model::load_balancer* const balancer = balancer_of(service);
    if (balancer == nullptr || !is_checked(*balancer)) continue;
    const model::load_balancer& b = *balancer;
    const std::string key = p.provider + "/" + service.name;
    const auto made = find(key);
    if (!made) continue;
    const auto old = backends_.find(key);
    const bool same = old != backends_.end() && old->second == made;
    const auto complain = [&](const std::string& line) {
      if (!same && !line.empty()) log_.error(line);
    };
    complain(health::interval_complaint(*b.health_check, service.name));
    bool first = true;
    for (const server& s : made->servers) {
      const auto from = std::find_if(b.servers.begin(), b.servers.end(), [&](const model::server& m) { return m.url == s.url; });
      auto probe = health::probe_of(*b.health_check, *from, options_.health_interval);
      if (!probe) {
        complain("No health check of server " + s.url + " of backend '" + service.name + "': " + probe.error().reason);
        continue;
      }
      to.push_back({s.health, std::move(*probe), service.name, s.url.str(), s.weight, first});
      first = false;
    }
  }
}

}  // namespace waggle::proxy::routing
