#include "admin/story.hpp"

#include "admin/untrusted.hpp"

#include <waggle/base/result.hpp>
#include <waggle/model/tcp_rule_text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <tuple>
#include <utility>

namespace waggle::app::admin {
namespace {

constexpr double many_errors = 0.2;  // of the last requests to one server
constexpr std::uint64_t enough_requests = 20;

constexpr double nearly_all = 0.95;  // of the clients, from one network
constexpr std::uint64_t enough_clients = 50;

constexpr double least_share = 0.01;  // of all requests, for a network of untrusted proxies to be told of
constexpr std::size_t most_told = 5;  // of them

constexpr std::size_t most_nodes = 10;  // in trouble, told of

}  // namespace

std::string_view text_of(model::severity level) noexcept {
  switch (level) {
    case model::severity::note: return "note";
    case model::severity::warning: return "warning";
    case model::severity::error: break;
  }
  return "error";
}

bool is_sticky(const model::load_balancer& b) noexcept { return b.balance && (b.balance->stickiness || b.balance->sticky); }

namespace {

std::string rule_of(const model::tcp_router& r) { return model::rule_text(r) + (r.tls == model::tcp_tls::passthrough ? ", TLS passed through" : ""); }
std::string rule_of(const model::udp_router&) { return {}; }

template <class Configuration>
void add_streams(std::vector<stream_route>& to, std::string_view protocol, const std::vector<std::string>& names, const Configuration& config) {
  for (const std::string& name : names) {
    const auto* const r = find_named(config.routers, name);
    if (r == nullptr) continue;
    stream_route out{protocol, name, rule_of(*r), r->entry_points, r->service, {}};
    if (const auto* const s = find_named(config.services, r->service)) {
      out.scheduler = model::word_of(s->scheduling.policy);
      out.servers = &s->servers;
    }
    to.push_back(std::move(out));
  }
}

/// @param config  of the provider that the verdicts are of
void add_streams(std::vector<story>& to, const model::configuration& config) {
  for (story& s : to) {
    add_streams(s.streams, "tcp", s.verdict->tcp_routers, config.tcp);
    add_streams(s.streams, "udp", s.verdict->udp_routers, config.udp);
  }
}

}  // namespace

picture::picture(const sources& from)
    : providers_(from.providers()),
      verdicts_(from.verdicts()),
      status_(from.status()),
      stats_(from.stats()),
      figures_(from.figures ? from.figures() : proxy::figures{}),
      layer4_(from.layer4 ? from.layer4({}) : proxy::layer4_figures{}) {
  if (from.swarm) swarm_ = from.swarm();
  servers_.reserve(figures_.servers.size());
  for (const proxy::traffic_figures& t : figures_.backends) traffic_.emplace(t.name, &t);
  for (const proxy::server_figures& s : figures_.servers) servers_.emplace(server_key{s.backend, s.url}, &s);
  std::unordered_map<std::string_view, std::size_t> by_name, by_id;
  std::unordered_multimap<std::string_view, std::size_t> by_frontend;  // containers of one compose service share theirs
  if (verdicts_)
    for (const model::verdict& v : *verdicts_) {
      story s;
      s.verdict = &v;
      by_name.emplace(v.service, stories_.size());
      by_id.emplace(v.service_id, stories_.size());
      if (v.container)
        for (const std::string& f : v.frontends) by_frontend.emplace(f, stories_.size());
      stories_.push_back(std::move(s));
    }
  for (const discovery::swarm_service_view& s : swarm_)
    if (const auto at = by_id.find(s.id); at != by_id.end()) stories_[at->second].swarm = &s;
  for (const model::provider_configuration& p : providers_) {
    std::unordered_map<std::string_view, balanced> backends;
    for (const model::service& one : p.config->http.services)
      if (const model::load_balancer* const b = balancer_of(one)) backends.emplace(one.name, balanced{&one.name, b});
    std::map<std::string_view, other_backend> others;
    for (const model::router& f : p.config->http.routers) {
      const auto b = backends.find(f.service);
      const balanced to = b == backends.end() ? balanced{} : b->second;
      const auto add_to = [&](story& s) {
        s.frontends.push_back(&f);
        const auto is_it = [&](const balanced& one) { return one.is == to.is; };
        if (to.is && std::none_of(s.backends.begin(), s.backends.end(), is_it)) s.backends.push_back(to);
      };
      if (const auto at = by_name.find(f.swarm_service); !f.swarm_service.empty() && at != by_name.end()) {
        add_to(stories_[at->second]);
        for (auto [also, end] = by_frontend.equal_range(f.name); also != end; ++also)
          if (also->second != at->second) add_to(stories_[also->second]);
      } else if (to.is) {
        other_backend& o = others[f.service];
        o.provider = p.provider;
        o.backend = to;
        o.frontends.push_back(&f);
      }
    }
    for (auto& [name, o] : others) others_.push_back(std::move(o));
    if (p.provider == "docker") add_streams(stories_, *p.config);
  }
  sort_layer4(by_name);
  for (story& s : stories_) {
    advise(s);
    sum_up(s);
  }
  advise_on_nodes();
  advise_on_mesh();
  advise_on_untrusted();
  if (status_.unserved_services > 0)
    general_.push_back({model::severity::warning, "swarm-not-served", "", "",
                        fmt::format("{} services of this Engine's swarm have traefik labels and are not served: without --docker.swarmmode only its "
                                    "containers are, by their own labels",
                                    status_.unserved_services),
                        "add --docker.swarmmode"});
}

/// Nodes that are drained or paused are meant to be so (managers often are, for good): these are shown, not warned of.
void picture::advise_on_nodes() {
  for (const discovery::node_trouble& n : status_.nodes)
    if (n.down && general_.size() < most_nodes)
      general_.push_back({model::severity::warning, "node-down", "", n.name, "node " + n.name + " is down: Swarm starts its tasks on other nodes",
                          "docker node ls; is the machine up, its Docker running and its network connected?"});
}

void picture::sum_up(story& s) const {
  std::vector<const proxy::server_figures*> known;
  std::size_t all = 0;
  for (const balanced& b : s.backends) {
    all += b->servers.size();
    for (const model::server& m : b->servers)
      if (const proxy::server_figures* const f = server(*b.name, m.url)) known.push_back(f);
  }
  // A server below HTTP has the same troubles, but for answers.
  std::vector<proxy::server_figures> below;
  for (const proxy::layer4_service_figures* const l : layer4_of(s))
    for (const proxy::layer4_server_figures& f : l->servers) {
      if (f.leaving) continue;
      proxy::server_figures& one = below.emplace_back();
      one.url = f.address;
      one.held = f.held;
      one.requests = f.counts.connections;
      one.connects = f.connects;
      one.connect_failures = f.connect_failures;
      one.trouble = f.trouble;
      one.trouble_age = f.trouble_age;
    }
  for (const proxy::server_figures& one : below) known.push_back(&one);
  s.is = condition_of(*s.verdict, s.advice, known, all + below.size());
}

void picture::advise_on_untrusted() {
  std::size_t told = 0;
  for (const proxy::untrusted_peer& peer : figures_.untrusted) {
    if (static_cast<double>(peer.requests) < least_share * static_cast<double>(stats_.requests) || ++told > most_told) return;
    general_.push_back(untrusted_finding(peer, status_.ingress_subnet));
  }
}

/// The routing mesh puts its own addresses in place of the clients'. What the service publishes tells that it may, who came
/// that it does (a load balancer in front looks the same but for its address).
void picture::advise_on_mesh() {
  const std::string fix =
      "publish waggle's ports with mode: host (deploy/stack.yml); until then white lists, limits by address and the "
      "access log see the mesh instead of clients";
  if (!status_.own_mesh_ports.empty()) {
    std::string ports;
    for (const std::string& one : status_.own_mesh_ports) ports += (ports.empty() ? "" : ", ") + one;
    general_.push_back({model::severity::warning, "mesh-ports", "", ports,
                        "ports of waggle are published through the routing mesh, which hides the clients' addresses", fix});
  }
  if (figures_.clients >= enough_clients && figures_.most_share >= nearly_all && within(figures_.most_network, status_.ingress_subnet))
    general_.push_back(
        {model::severity::warning, "mesh-clients", "", status_.ingress_subnet,
         fmt::format("at least {:.0f} % of {} connections came from the ingress network: these are the mesh's addresses, not the clients'",
                     std::floor(100 * figures_.most_share), figures_.clients),
         fix});
}

/// What the next update will do to clients.
void picture::advise_on_update(story& s) const {
  const discovery::swarm_service_view& spec = *s.swarm;
  const bool checked =
      spec.health_check || std::any_of(s.backends.begin(), s.backends.end(), [](const balanced& b) { return b->health_check.has_value(); });
  if (spec.container) {
    if (!checked)
      s.advice.push_back(
          {model::severity::note, "no-health-check", "", "", "no health check by container or label",
           "without one a container counts as soon as its process runs: give it a HEALTHCHECK, or set traefik.backend.healthcheck.path"});
    return;
  }
  double longest = 0;
  bool holds = false;
  for (const balanced& b : s.backends) {
    if (const proxy::traffic_figures* const t = traffic(*b.name)) longest = std::max(longest, t->longest_stream_seconds);
    holds = holds || b->hold.count() > 0;
  }
  if (longest > spec.stop_grace_seconds)
    s.advice.push_back(
        {model::severity::warning, "long-streams", "", "",
         fmt::format("its longest WebSocket or event stream took {:.0f} s; a task that stops is killed after {:.0f} s (stop_grace_period)", longest,
                     spec.stop_grace_seconds),
         fmt::format("set stop_grace_period to {:.0f}s or more, and let the program end its streams on SIGTERM", std::ceil(longest))});
  if (spec.replicas == 1 && !spec.global && !spec.start_first && !holds)
    s.advice.push_back({model::severity::note, "single-replica-stop-first", "", "",
                        "its only replica stops before the next one starts: an update means some seconds of 503",
                        "write deploy: update_config: order: start-first, run two replicas, or let requests wait: waggle.backend.hold=10s"});
  if (!checked)
    s.advice.push_back({model::severity::note, "no-health-check", "", "", "no health check by service or label",
                        "without one (an image's own is not seen here) a task counts as soon as its process runs: give the service a healthcheck, or "
                        "set traefik.backend.healthcheck.path"});
}

void picture::advise_on_layer4(story& s) const {
  for (const proxy::layer4_service_figures* const l : layer4_of(s)) {
    const auto held = static_cast<std::size_t>(std::count_if(l->servers.begin(), l->servers.end(), [](const auto& f) { return f.held; }));
    if (held == 0) continue;
    const auto why = std::find_if(l->servers.begin(), l->servers.end(), [](const auto& f) { return f.held && !f.trouble.empty(); });
    const std::string protocol = l->protocol == model::protocol::udp ? "udp" : "tcp";
    s.advice.push_back(
        {model::severity::warning, "connects-fail", "", "",
         fmt::format("{} of {} servers of {} service {} {}{}", held, l->servers.size(), protocol, l->name,
                     held == 1 ? "refuses connections" : "refuse connections", why == l->servers.end() ? "" : ": " + std::string(why->trouble)),
         "is waggle." + protocol + ".port the port that the tasks listen on, on all interfaces (0.0.0.0, not 127.0.0.1)?"});
  }
}

/// What only traffic and task states can tell.
void picture::advise(story& s) const {
  const auto add = [&](model::severity level, const char* code, std::string text, std::string fix) {
    s.advice.push_back({level, code, "", "", std::move(text), std::move(fix)});
  };
  if (s.swarm && !s.swarm->container) {
    std::size_t starting = 0, running = 0;
    std::string state;
    for (const discovery::task_view& t : s.swarm->tasks) {
      if (t.state == "running") ++running;
      else if (!state.empty() || t.desired == "running") ++starting, state = t.state.view();
    }
    const std::string& error = s.swarm->task_error;
    if (running == 0 && (starting > 0 || !error.empty()))
      add(model::severity::warning, "tasks-not-running",
          !error.empty() ? "none of its tasks is running; Docker says: " + error
                         : fmt::format("none of its tasks is running; Swarm intends to run {}, and the last one is {}", starting, state),
          "docker service ps --no-trunc " + s.verdict->service + " shows why; a task with a HEALTHCHECK runs only once that succeeds");
    const bool paused = s.swarm->update_state == "paused" || s.swarm->update_state == "rollback_paused";
    if (running > 0 && !error.empty() && !paused)
      add(model::severity::warning, "tasks-fail", "its tasks end again and again; Docker says: " + error,
          "docker service ps --no-trunc " + s.verdict->service + " shows them; docker service logs may tell why");
    if (paused)
      add(model::severity::warning, "update-paused",
          "its update is " + s.swarm->update_state + ": some tasks are old, some new" + (error.empty() ? "" : "; Docker says: " + error),
          "docker service ps --no-trunc " + s.verdict->service + " shows what failed; mend it, or docker service rollback " + s.verdict->service);
  }
  for (const balanced& b : s.backends) {
    std::size_t held = 0, down = 0;
    std::string why, refusal;
    for (const model::server& m : b->servers) {
      const proxy::server_figures* const f = server(*b.name, m.url);
      if (!f) continue;
      if (refuses(*f)) {
        ++held;
        if (!f->trouble.empty()) refusal = f->trouble;
      }
      down += !f->up;
      if (!f->up) why = f->check_failure;
      if (f->recent_requests >= enough_requests && static_cast<double>(f->recent_errors) > many_errors * static_cast<double>(f->recent_requests))
        add(model::severity::warning, "many-errors",
            fmt::format("{} answered {} of its last {} requests with 500 or above", f->url, f->recent_errors, f->recent_requests),
            "look at the log of task " + f->origin->task_id.str());
      else if (f->bad_in_a_row >= enough_in_a_row)
        add(model::severity::warning, "many-errors", fmt::format("{} answered its last {} requests with 500 or above", f->url, f->bad_in_a_row),
            "look at the log of task " + f->origin->task_id.str());
    }
    if (down > 0)
      add(model::severity::warning, "health-check-fails",
          fmt::format("{} of {} servers {}: {}", down, b->servers.size(), down == 1 ? "fails its health check" : "fail their health check", why),
          "look at what traefik.backend.healthcheck.path answers; it must be 200 to 399");
    if (held > 0)
      add(model::severity::warning, "connects-fail",
          fmt::format("{} of {} servers {}{}", held, b->servers.size(), held == 1 ? "refuses connections" : "refuse connections",
                      refusal.empty() ? "" : ": " + refusal),
          "is traefik.port the port that the tasks listen on, on all interfaces (0.0.0.0, not 127.0.0.1)?");
  }
  advise_on_layer4(s);
  if (s.swarm && !s.verdict->frontends.empty()) advise_on_update(s);
}

void picture::sort_layer4(const std::unordered_map<std::string_view, std::size_t>& stories) {
  for (const auto* list : {&layer4_.tcp, &layer4_.udp})
    for (const proxy::layer4_service_figures& s : *list) {
      if (stories.contains(s.swarm_service)) layer4_of_.emplace(s.swarm_service, &s);
      else if (!s.entrances.empty()) other_layer4_.push_back(&s);
    }
}

std::vector<const proxy::layer4_service_figures*> picture::layer4_of(const story& s) const {
  std::vector<const proxy::layer4_service_figures*> out;
  for (auto [at, end] = layer4_of_.equal_range(s.verdict->service); at != end; ++at) out.push_back(at->second);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return std::tie(a->protocol, a->key) < std::tie(b->protocol, b->key); });
  return out;
}

const story* picture::find(std::string_view service) const noexcept {
  for (const story& s : stories_)
    if (s.verdict->service == service || s.verdict->service_id == service) return &s;
  return nullptr;
}

const proxy::traffic_figures* picture::traffic(std::string_view backend) const noexcept {
  const auto at = traffic_.find(backend);
  return at == traffic_.end() ? nullptr : at->second;
}

const proxy::server_figures* picture::server(std::string_view backend, std::string_view url) const noexcept {
  const auto at = servers_.find(server_key{backend, url});
  return at == servers_.end() ? nullptr : at->second;
}

double picture::age_seconds() const noexcept {
  return status_.last_good ? std::chrono::duration<double>(base::now() - *status_.last_good).count() : -1;
}

}  // namespace waggle::app::admin
