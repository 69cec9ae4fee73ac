#include "admin/metrics.hpp"

#include "admin/exposition.hpp"
#include "admin/process_figures.hpp"
#include "admin/story.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <numeric>
#include <set>
#include <utility>

namespace waggle::app::admin {
namespace {

using enum exposition::kind;

/// Traefik 1.7's families of one kind of thing, each sample with the label `what`="name".
void tell_traffic(exposition& out, const std::string& prefix, std::string_view what,
                  const std::vector<proxy::traffic_figures>& all, const std::vector<std::string>& bounds, const std::string& of) {
  const auto each = [&](auto&& tell) {
    for (const proxy::traffic_figures& t : all)
      for (const proxy::answer_series& s : t.answers) {
        const std::string code = std::to_string(s.status);
        tell(exposition::labels{{"code", code}, {"method", s.method}, {"protocol", s.protocol}, {what, t.name}}, s);
      }
  };
  out.family(prefix + "_requests_total", counter, "How many requests " + of + ", by status code, method and protocol.");
  each([&](exposition::labels l, const proxy::answer_series& s) { out.sample(l, s.count); });
  const std::string durations = prefix + "_request_duration_seconds";
  out.family(durations, histogram, "How long requests " + of + " took, by status code, method and protocol.");
  each([&](exposition::labels l, const proxy::answer_series& s) {
    for (std::size_t i = 0; i < bounds.size() && i < s.within.size(); ++i)
      out.histogram_line("_bucket", l, static_cast<double>(s.within[i]), bounds[i]);
    out.histogram_line("_bucket", l, static_cast<double>(s.count), "+Inf");
    out.histogram_line("_sum", l, s.seconds);
    out.histogram_line("_count", l, static_cast<double>(s.count));
  });
  out.family(prefix + "_open_connections", gauge, "How many requests " + of + " are in progress, by method and protocol.");
  for (const proxy::traffic_figures& t : all)
    for (const proxy::open_now& o : t.open) out.sample({{"method", o.method}, {"protocol", o.protocol}, {what, t.name}}, o.count);
}

void tell_traefik(exposition& out, const sources& from, const proxy::figures& f) {
  const reload_figures r = from.reloads();
  out.family("traefik_config_reloads_total", counter, "Configurations that were served.");
  out.sample({}, r.count);
  out.family("traefik_config_reloads_failure_total", counter, "Configurations that could not be served.");
  out.sample({}, r.failures);
  out.family("traefik_config_last_reload_success", gauge, "Unix time of the last configuration that was served.");
  out.sample({}, r.last_success);
  out.family("traefik_config_last_reload_failure", gauge, "Unix time of the last configuration that could not be served.");
  out.sample({}, r.last_failure);
  std::vector<std::string> bounds;
  for (const double b : from.duration_bounds) bounds.push_back(bound_text(b));
  tell_traffic(out, "traefik_entrypoint", "entrypoint", f.entry_points, bounds, "on an entry point");
  tell_traffic(out, "traefik_backend", "backend", f.backends, bounds, "to a backend");
  out.family("traefik_backend_retries_total", counter, "How many times a request was sent again to a backend.");
  for (const proxy::traffic_figures& t : f.backends) out.sample({{"backend", t.name}}, t.retries);
}

/// One line for each server and family; what two providers name alike is told once.
void tell_servers(exposition& out, const proxy::figures& f) {
  std::vector<const proxy::server_figures*> all;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const proxy::server_figures& s : f.servers)
    if (seen.emplace(s.backend, s.url).second) all.push_back(&s);
  out.family("traefik_backend_server_up", gauge, "Whether a server of a backend is up: 0 or 1.");
  for (const auto* s : all) out.sample({{"backend", s->backend}, {"url", s->url}}, std::uint64_t{s->up});
  std::vector<std::string> labels;
  for (const auto* s : all)
    labels.push_back(exposition::rendered({{"backend", s->backend}, {"service", s->origin->service_name}, {"task", s->origin->task_id},
                                           {"slot", s->origin->slot == 0 ? std::string{} : std::to_string(s->origin->slot)},
                                           {"node", node_of(*s->origin)}, {"url", s->url}}));
  const auto each = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
    out.family(name, what, help);
    for (std::size_t i = 0; i < all.size(); ++i) out.sample(labels[i], value(*all[i]));
  };
  using server = proxy::server_figures;
  each("waggle_server_requests_total", counter, "Requests that were sent to a server.", [](const server& s) { return s.requests; });
  each("waggle_server_request_seconds_total", counter, "Seconds that requests to a server took together.", [](const server& s) { return s.seconds; });
  each("waggle_server_errors_total", counter, "Answers of a server with status 500 and above.", [](const server& s) { return s.errors; });
  each("waggle_server_failures_total", counter, "Requests that a server left without a good answer.", [](const server& s) { return s.failures; });
  each("waggle_server_active_requests", gauge, "Requests that a server is working on.", [](const server& s) { return s.active; });
  each("waggle_server_idle_connections", gauge, "Connections to a server that are kept for reuse.", [](const server& s) { return s.idle; });
  each("waggle_server_connects_total", counter, "Connections to a server that were begun.", [](const server& s) { return s.connects; });
  each("waggle_server_connect_failures_total", counter, "Connections to a server that failed.", [](const server& s) { return s.connect_failures; });
  each("waggle_server_held", gauge, "1: left alone for a while after failed connections.", [](const server& s) { return std::uint64_t{s.held}; });
  each("waggle_server_received_bytes_total", counter, "Bytes of answers' bodies from a server.", [](const server& s) { return s.bytes_out; });
  each("waggle_server_sent_bytes_total", counter, "Bytes of requests' bodies to a server.", [](const server& s) { return s.bytes_in; });
}

void tell_discovery(exposition& out, const sources& from) {
  const discovery::status s = from.status();
  out.family("waggle_view_age_seconds", gauge, "Age of the view of the swarm that is in force; -1 before the first.");
  out.sample({}, s.last_good ? std::chrono::duration<double>(base::now() - *s.last_good).count() : -1.0);
  out.family("waggle_discovery_connected", gauge, "1: the last look at the swarm worked.");
  out.sample({}, std::uint64_t{s.connected});
  out.family("waggle_discovery_looks_total", counter, "Looks at the swarm, by what caused them.");
  for (const auto& [reason, n] : s.looks_by_reason) out.sample({{"reason", reason}}, n);
  out.family("waggle_discovery_failed_looks_total", counter, "Looks at the swarm that failed.");
  out.sample({}, s.failed_looks);
  out.family("waggle_discovery_generation", gauge, "Number of the configuration that the swarm's newest view gave.");
  out.sample({}, s.generation);
  std::uint64_t by_state[3] = {};
  if (const auto all = from.verdicts())
    for (const model::verdict& v : *all) ++by_state[static_cast<std::size_t>(v.state)];
  out.family("waggle_services", gauge, "Services of the swarm, by what came of them.");
  constexpr std::string_view states[] = {"routed", "routed-with-warnings", "not-routed"};
  for (std::size_t i = 0; i < 3; ++i) out.sample({{"state", states[i]}}, by_state[i]);
}

void tell_proxy(exposition& out, const sources& from, const proxy::stats& s, const proxy::figures& f) {
  const auto one = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
    out.family(name, what, help);
    out.sample({}, value);
  };
  one("waggle_table_generation", gauge, "Number of the routing table that every worker serves.", s.generation);
  one("waggle_publish_duration_seconds", gauge, "How long it took to compile and hand over the newest table.", from.reloads().last_took);
  one("waggle_publish_seconds_total", counter, "Seconds that compiling and handing over tables took together.", from.reloads().took_together);
  one("waggle_connections_open", gauge, "Connections of clients.", s.connections_open);
  one("waggle_connections_accepted_total", counter, "Connections of clients that were accepted.", s.connections_accepted);
  one("waggle_requests_total", counter, "Requests whose head was understood.", s.requests);
  one("waggle_requests_active", gauge, "Requests in progress.", s.active);
  one("waggle_refused_heads_total", counter, "Requests whose head was refused.", s.refused_heads);
  one("waggle_received_bytes_total", counter, "Bytes from clients.", s.bytes_in);
  one("waggle_sent_bytes_total", counter, "Bytes to clients.", s.bytes_out);
  one("waggle_retries_total", counter, "Requests that were sent again.", s.retries);
  one("waggle_pool_idle_connections", gauge, "Connections to servers that are kept for reuse.",
      std::accumulate(f.servers.begin(), f.servers.end(), std::uint64_t{0}, [](std::uint64_t n, const auto& server) { return n + server.idle; }));
  one("waggle_exceptions_total", counter, "Sessions that ended by an exception: each is a bug or memory running out.", s.exceptions);
  one("waggle_retries_refused_total", counter, "Requests that were not sent again because the retry budget of their backend was spent.", s.retries_refused);
  one("waggle_hedged_connects_total", counter, "Second connections that were begun because the first one took long.", s.hedges);
  one("waggle_hedged_connects_won_total", counter, "… and that were there first.", s.hedges_won);
  one("waggle_ejections_total", counter, "Servers that were left alone for a while after failed connections.", s.ejections);
  out.family("waggle_holds_total", counter, "Requests that had to wait for a server (waggle.backend.hold): served, expired, refused (too many waited).");
  out.sample({{"outcome", "served"}}, s.holds_served);
  out.sample({{"outcome", "expired"}}, s.holds_expired);
  out.sample({{"outcome", "refused"}}, s.holds_refused);
  out.family("waggle_sticky_moves_total", counter,
             "Sticky sessions that moved, and why: followed (to the next task of the slot), left (the task left, nobody has its slot), unknown "
             "(the cookie names nobody known), failed (the task is there and could not be reached).");
  out.sample({{"reason", "followed"}}, s.sticky_followed);
  out.sample({{"reason", "left"}}, s.sticky_left);
  out.sample({{"reason", "unknown"}}, s.sticky_unknown);
  out.sample({{"reason", "failed"}}, s.sticky_failed);
  out.family("waggle_sticky_sessions_total", counter, "Requests to backends with stickiness: kept (cookie honoured), moved (its server is gone), new.");
  out.sample({{"outcome", "kept"}}, s.sticky_hits);
  out.sample({{"outcome", "moved"}}, s.sticky_moves);
  out.sample({{"outcome", "new"}}, s.sticky_new);
  out.family("waggle_streams_open", gauge, "WebSockets and event streams in progress.");
  for (const proxy::traffic_figures& t : f.backends)
    for (const proxy::open_now& o : t.open)
      if (o.protocol != "http") out.sample({{"backend", t.name}, {"method", o.method}, {"protocol", o.protocol}}, o.count);
  one("waggle_log_lines_lost_total", counter, "Lines of the log that found no room.", from.log_lines_lost());
  one("waggle_access_log_lines_lost_total", counter, "Lines of the access log that found no room.", from.access_lines_lost());
}

void tell_process(exposition& out) {
  const process_figures p = read_process_figures();
  const auto one = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
    out.family(name, what, help);
    out.sample({}, value);
  };
  out.family("waggle_build_info", gauge, "1, with the version as a label.");
  out.sample({{"version", version_number()}}, std::uint64_t{1});
  one("process_cpu_seconds_total", counter, "Seconds of CPU, user and system.", p.cpu_seconds);
  one("process_resident_memory_bytes", gauge, "Resident memory.", p.resident_bytes);
  one("process_virtual_memory_bytes", gauge, "Virtual memory.", p.virtual_bytes);
  one("process_open_fds", gauge, "Open files and connections.", p.open_files);
  one("process_max_fds", gauge, "Limit of open files and connections.", p.most_files);
  one("process_threads", gauge, "Threads.", p.threads);
  one("process_start_time_seconds", gauge, "Unix time of the start.", p.started);
}

}  // namespace

response metrics(const sources& from, names) {
  const proxy::stats s = from.stats();
  const proxy::figures f = from.figures();
  exposition out;
  tell_traefik(out, from, f);
  tell_servers(out, f);
  if (from.docker) tell_discovery(out, from);
  tell_proxy(out, from, s, f);
  tell_process(out);
  return {.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = std::move(out).take()};
}

}  // namespace waggle::app::admin
