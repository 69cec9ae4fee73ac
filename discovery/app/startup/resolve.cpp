#include "startup/resolve.hpp"

#include "options/complaints.hpp"
#include "options/values.hpp"
#include "startup/resolve_admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app {
namespace {

using base::text_error;
using std::chrono::milliseconds;

constexpr milliseconds default_grace{8'000}, swarm_kill{10'000};

const proxy::entry_point* find(const std::vector<proxy::entry_point>& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const proxy::entry_point& e) { return e.name == name; });
  return at == all.end() ? nullptr : &*at;
}

// Bounds of the histograms of request durations, in seconds. Traefik 1's four tell nothing of answers below 100 ms, which are
// nearly all: a quantile of them is a guess of 95 ms. Its bounds are among waggle's own, for alerts that name one.
const std::vector<double> traefik_bounds{0.1, 0.3, 1.2, 5};
const std::vector<double> own_bounds{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 1.2, 2.5, 5};

std::vector<proxy::entry_point> distinct(const settings& from, std::vector<std::string>& warnings) {
  std::vector<proxy::entry_point> out;
  for (const proxy::entry_point& one : from.entry_points) {
    const auto same = std::find_if(out.begin(), out.end(), [&](const auto& e) { return e.name == one.name; });
    if (same == out.end()) {
      out.push_back(one);
      continue;
    }
    warnings.push_back(fmt::format("Entry point {} is defined twice, the last one counts", one.name));
    *same = one;
  }
  for (proxy::entry_point& e : out) {
    if (!e.address.empty()) continue;
    // Traefik starts with it; up to 1.3 on this port (net/http's), later on any free one, which nobody finds.
    e.address = ":80";
    warnings.push_back(fmt::format("Entry point {} has no Address and listens at :80; write --entryPoints='Name:{} Address::80'", e.name, e.name));
  }
  if (out.empty()) out.push_back({.name = "http", .address = ":80", .forwarded_headers = {}, .proxy_protocol = {}});
  return out;
}

bool is_udp(const proxy::entry_point& e) { return e.protocol == model::protocol::udp; }

void check_addresses(const std::vector<proxy::entry_point>& all, complaints& told) {
  for (auto a = all.begin(); a != all.end(); ++a)
    for (auto b = std::next(a); b != all.end(); ++b)
      if (a->address == b->address && !a->address.ends_with(":0") && is_udp(*a) == is_udp(*b))
        told.refuse(fmt::format("entry points {} and {} have the same address {}; give one of them another port", a->name, b->name, a->address));
}

void check_providers(const settings& from, complaints& told) {
  if (from.file.enabled && from.file.filename.empty())
    told.refuse("--file: no file is named and there is no configuration file; add --file.filename=FILE");
  if (!from.docker.enabled && !from.file.enabled)
    told.refuse(
        from.store ? "nothing to serve: no provider is given, and waggle does not read options from a key-value store; give it the flags "
                     "that were given to storeconfig (--docker --docker.swarmmode, --entryPoints and so on)"
                   : "nothing to serve: no provider is given; start waggle with --docker --docker.swarmmode (--docker alone for one Engine without a "
                     "swarm), or with --file.filename=FILE");
  if (!from.docker.enabled) return;
  if (from.docker.tls_cert.empty() != from.docker.tls_key.empty())
    told.refuse("--docker.tls.cert and --docker.tls.key go together; give both or none");
}

/// Traefik lets nobody in then. To leave the lock out would let everybody in.
void check_web_lock(const settings& from, complaints& told) {
  if (!from.web.auth) return;
  for (const auto& [name, users] : {std::pair{"basic", &from.web.auth->basic}, std::pair{"digest", &from.web.auth->digest}})
    if (*users && (*users)->users.empty() && (*users)->users_file.empty())
      told.refuse(fmt::format("--web.auth.{0} names no user; give --web.auth.{0}.users or --web.auth.{0}.usersFile", name));
}

discovery::options discovery_options(const settings& from) {
  discovery::options out;
  out.endpoint = from.docker.endpoint;
  out.tls = {from.docker.tls_ca, from.docker.tls_cert, from.docker.tls_key, from.docker.tls_insecure_skip_verify};
  out.swarm_mode = from.docker.swarm_mode;
  out.watch = from.docker.watch;
  out.domain = from.docker.domain;
  out.exposed_by_default = from.docker.exposed_by_default;
  out.network = from.docker.network;
  out.constraints = from.constraints;
  out.constraints.insert(out.constraints.end(), from.docker.constraints.begin(), from.docker.constraints.end());
  out.poll_interval = from.docker.poll_interval;
  out.refresh = std::chrono::seconds{from.docker.refresh_seconds};
  out.compat_traefik1 = from.compat_traefik1;
  out.use_bind_port_ip = from.docker.use_bind_port_ip;
  return out;
}

/// A name or a port that makes people expect TLS.
bool promises_tls(const std::string& name, const std::string& address) {
  const std::string n = lower(name);
  return n.find("https") != std::string::npos || n.find("tls") != std::string::npos || n.find("ssl") != std::string::npos ||
         n.find("secure") != std::string::npos || address.ends_with(":443");
}

void name_entry_points(const std::vector<proxy::entry_point>& all, discovery::options& to) {
  for (const proxy::entry_point& e : all) {
    if (e.protocol != model::protocol::http) {
      const auto address = parse_address(e.address);
      const bool wildcard = !address || address->host.empty() || address->host == "0.0.0.0" || address->host == "::";
      to.layer4_entry_points.push_back({e.name, e.protocol, address ? address->port : std::uint16_t{0}, !wildcard});
      continue;
    }
    to.entry_points.push_back(e.name);
    if (!e.operators && promises_tls(e.name, e.address)) to.clear_entry_points.push_back(e.name);
  }
}

std::optional<discovery::file_options> file_options(const settings& from, const discovery::options& names) {
  if (!from.file.enabled) return std::nullopt;
  discovery::file_options out;
  out.filename = from.file.filename;
  out.watch = from.file.watch;
  out.among_options = from.file.among_options;
  out.entry_points = names.entry_points;
  out.layer4_entry_points = names.layer4_entry_points;
  out.default_entry_points = names.default_entry_points;
  out.keep_trailing_slash = from.keep_trailing_slash;
  return out;
}

/// A restart behind a live Engine has its first table within milliseconds; without one, waiting longer helps nobody.
constexpr milliseconds first_table_wait{2'000};

void set_unless_zero(milliseconds& to, milliseconds value) {
  if (value > milliseconds{0}) to = value;
}

proxy::options proxy_options(const settings& from, const machine& here) {
  proxy::options out;
  out.workers = from.workers != 0 ? from.workers : std::max(1U, here.cpus);
  const timeout_settings& given = from.timeouts;
  set_unless_zero(out.timeouts.request_head, given.read.value_or(milliseconds{0}));
  set_unless_zero(out.timeouts.connect, given.dial.value_or(milliseconds{0}));
  out.timeouts.request_body = given.read.value_or(out.timeouts.request_body);
  out.timeouts.client_write = given.write.value_or(out.timeouts.client_write);
  out.timeouts.keep_alive = given.idle.value_or(out.timeouts.keep_alive);
  out.timeouts.response_head = given.response_header.value_or(out.timeouts.response_head);
  out.timeouts.first_table = first_table_wait;
  if (from.request_head_bytes != 0) out.limits.request_head_bytes = from.request_head_bytes;
  if (from.request_fields != 0) out.limits.request_fields = from.request_fields;
  if (from.request_line_bytes != 0) out.limits.request_line_bytes = from.request_line_bytes;
  if (from.answer_head_bytes != 0) out.limits.response_head_bytes = from.answer_head_bytes;
  if (from.answer_head_fields != 0) out.limits.response_fields = from.answer_head_fields;
  if (from.idle_per_server != 0) out.limits.pool_per_server = (from.idle_per_server + out.workers - 1) / out.workers;
  out.limits.spool_body_bytes = from.buffering.body_bytes;
  out.limits.spool_disk_bytes = from.buffering.disk_bytes;
  out.compat_traefik1 = from.compat_traefik1;
  out.keep_trailing_slash = from.keep_trailing_slash;
  set_unless_zero(out.health_interval, from.health_interval);
  out.allow_zero_weight = from.allow_zero_weight;
  if (from.retry) out.retry_attempts = from.retry_attempts;
  out.sticky_opaque = from.sticky.opaque;
  out.hostname = here.hostname;
  return out;
}

void resolve_stop(const settings& from, startup_plan& plan) {
  plan.drain_delay = from.stop.drain_delay;
  plan.grace = from.stop.grace.value_or(std::max(default_grace - plan.drain_delay, milliseconds{1'000}));
  if (plan.drain_delay + plan.grace >= swarm_kill)
    plan.warnings.push_back(
        fmt::format("Stopping may take {} ms, but Swarm kills after 10 s unless the service's "
                    "stop_grace_period is longer",
                    (plan.drain_delay + plan.grace).count()));
}

log_plan resolve_log(const settings& from) {
  log_plan out{.format = from.log.format, .file = from.log.file};
  out.level = from.log.level.value_or(from.log.debug ? base::log_level::debug : base::log_level::error);
  return out;
}

}  // namespace

base::text_result<startup_plan> resolve(const settings& from, const machine& here) {
  startup_plan plan;
  complaints told;
  check_providers(from, told);
  check_web_lock(from, told);
  std::vector<std::string> defaults = from.default_entry_points;
  if (defaults.empty()) defaults.emplace_back("http");
  std::vector<proxy::entry_point> entry_points = distinct(from, plan.warnings);

  const admin_wish wish = wanted_admin(from, entry_points, defaults, plan.warnings);
  share_entry_points(wish, entry_points, told);
  place_operators(from, wish, entry_points, told);
  check_addresses(entry_points, told);
  if (!told.refused.empty()) return together(told.refused);
  plan.internal = wish.parts;
  plan.warnings.insert(plan.warnings.end(), told.warnings.begin(), told.warnings.end());
  for (const std::string& name : defaults)
    if (const proxy::entry_point* const e = find(entry_points, name); e == nullptr || e->protocol != model::protocol::http)
      plan.warnings.push_back(fmt::format("Default entry point {} {}: frontends that name no entry point are not served there", name,
                                          e == nullptr ? "is not defined" : "does not speak HTTP"));

  plan.discovery = discovery_options(from);
  name_entry_points(entry_points, plan.discovery);
  for (const proxy::entry_point& e : entry_points)
    if (e.redirect && promises_tls(e.redirect->entry_point, ""))
      plan.warnings.push_back(
          fmt::format("Entry point {} redirects to {}, which speaks no TLS: browsers are sent to http:// on a port where "
                      "they expect https; end TLS in front of waggle and remove Redirect.EntryPoint",
                      e.name, e.redirect->entry_point));
  plan.discovery.default_entry_points = std::move(defaults);
  plan.docker = from.docker.enabled;
  plan.file = file_options(from, plan.discovery);
  plan.proxy = proxy_options(from, here);
  plan.proxy.entry_points = std::move(entry_points);
  plan.api = wish.api;
  plan.api_hosts = from.api.hosts;
  plan.metrics = wish.metrics;
  plan.dashboard = wish.api && (wish.web || from.api.dashboard);
  if (from.access.enabled) {
    plan.access_log = access_log_plan{from.access.file};
    plan.proxy.access_log = from.access.how;
  }
  if (plan.metrics)
    plan.proxy.duration_bounds = !from.metrics.buckets.empty() ? from.metrics.buckets : from.compat_traefik1 ? traefik_bounds : own_bounds;
  plan.sticky_key_file = from.sticky.key_file;
  if (from.sticky.opaque && from.sticky.key_file.empty())
    plan.warnings.emplace_back(
        "--sticky.opaque without --sticky.keyFile: sticky sessions move when waggle restarts or another "
        "replica answers; give every replica the same key (a Swarm secret)");
  plan.log = resolve_log(from);
  resolve_stop(from, plan);
  return plan;
}

base::text_result<std::string> healthcheck_address(const settings& from) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  using address = base::text_result<std::string>;
  std::vector<std::string> ignored;
  const std::vector<proxy::entry_point> entry_points = distinct(from, ignored);
  std::vector<std::string> defaults = from.default_entry_points;
  if (defaults.empty()) defaults.emplace_back("http");
  const admin_wish wish = wanted_admin(from, entry_points, defaults, ignored);
  if (wish.web) return address(in_place_value, from.web.address);
  const std::string name = !wish.name.empty() ? wish.name : !wish.parts.empty() ? wish.parts.front().entry_point : from.api.entry_point;
  if (const proxy::entry_point* defined = find(entry_points, name)) return address(in_place_value, defined->address);
  if (name == own_entry_point) return address(in_place_value, ":8080");
  return text_error{fmt::format("there is no entry point {}; give healthcheck the same --entryPoints as waggle itself", name)};
}

}  // namespace waggle::app
