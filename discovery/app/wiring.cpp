#include "wiring.hpp"

#include "admin/condition_watch.hpp"
#include "admin/known_hosts.hpp"
#include "admin/routes.hpp"
#include "admin/server.hpp"
#include "admin/untrusted.hpp"
#include "options/values.hpp"
#include "process/start_pages.hpp"
#include "published.hpp"
#include "start_lines.hpp"
#include "startup/internal_routes.hpp"

#include <waggle/discovery/controller.hpp>
#include <waggle/discovery/file_provider.hpp>
#include <waggle/proxy/server.hpp>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace waggle::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds last_flush{1'000};
constexpr milliseconds ipvs_interval = admin::ipvs::rate_estimator::interval;
constexpr std::size_t most_changes = 100;  // kept for people
constexpr std::size_t most_networks = 32;  // warned of: what strangers send must not fill the log

std::string_view kind_of(const model::router_key& r) noexcept {
  using model::protocol;
  return r.protocol == protocol::tcp ? "TCP router" : r.protocol == protocol::udp ? "UDP router" : "frontend";
}

double wall_seconds() { return static_cast<double>(base::wall_nanoseconds() / 1'000'000) / 1000; }

/// A value behind a mutex. Thread: any.
template <class T>
class guarded {
 public:
  T get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  template <class Edit>
  void edit(Edit change) {
    const std::lock_guard lock(mutex_);
    change(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

/// The access log's own file and thread; what it loses is told in the log.
class access_output final : public proxy::access_sink {
 public:
  access_output(const access_log_plan& plan, base::logger& log)
      : sink_({.file = plan.file, .descriptor = STDOUT_FILENO, .on_loss = [&log](std::uint64_t n) {
                 log.warning(fmt::format("{} lines of the access log lost", n));
               }}) {}
  void write(std::string_view lines, std::size_t count) noexcept override { sink_.write_lines(lines, count); }
  void reopen() noexcept { sink_.reopen(); }
  std::uint64_t lost() const noexcept { return sink_.lost(); }

 private:
  async_log_sink sink_;
};

class application {
 public:
  application(const startup_plan& plan, const process_signals& signals, async_log_sink& sink, base::logger& log)
      : plan_(plan),
        signals_(signals),
        sink_(sink),
        log_(log),
        api_(
            log, [this](const admin::request& r) { return admin::respond(r, sources_); }, api_limits(plan.proxy)),
        health_(
            log, [this](const admin::request& r) { return admin::respond(r, sources_); }, health_limits(plan.proxy)),
        server_(proxy_options(plan.proxy), log, [this](const std::string& server, const std::string&) {
          // A cookie of a server that is not known says that there is news; one that fails only may.
          if (controller_) controller_->look_now(server.empty() ? "stranger" : "feedback");
        }) {
    if (plan.access_log) {
      access_.emplace(*plan.access_log, log);
      server_.set_access_sink(*access_);
    }
    if (plan.docker)
      controller_.emplace(plan.discovery, log, [this](const discovery::update& u) {
        note_changes(u.changes);
        // Told to discovery as one failed look: it will look, and publish, again.
        auto skipped = publish("docker", u.config);
        if (!skipped) throw std::runtime_error("the new configuration cannot be served");
        return std::move(*skipped);
      });
    if (plan.file) file_.emplace(*plan.file, log, [this](const configuration& c) { publish("file", c); });
    sources_.api = plan.api;
    sources_.docker = plan.docker;
    sources_.knows_host = [this](std::string_view host) { return plan_.proxy.compat_traefik1 || knows_host(host); };
    sources_.started = base::now();
    sources_.ready = [this] { return ready_.load(std::memory_order_relaxed); };
    sources_.awaited = [this] { return awaited(); };
    sources_.providers = [this] {
      auto all = published_.get();
      std::erase_if(all, [](const model::provider_configuration& p) { return p.provider == internal_provider; });
      return all;
    };
    sources_.stats = [this] { return server_.read_totals(); };
    sources_.status = [this] { return controller_ ? controller_->status() : discovery::status{}; };
    sources_.verdicts = [this] { return controller_ ? controller_->verdicts() : nullptr; };
    sources_.conditions = [this] { return watch_.counts(); };
    sources_.metrics = plan.metrics;
    sources_.dashboard = plan.dashboard;
    sources_.swarm = [this] { return controller_ ? controller_->swarm() : discovery::swarm_view{}; };
    sources_.explain = [this](const proxy::request_question& q) { return server_.explain(q); };
    sources_.changes = [this] {
      const auto kept = changes_.get();
      return std::vector<admin::numbered_change>(kept.begin(), kept.end());
    };
    sources_.reloads = [this] { return reloads_.get(); };
    sources_.figures = [this] { return server_.read_figures(); };
    sources_.layer4 = [this](const proxy::layer4_wishes& w) { return server_.read_layer4(w); };
    sources_.layer4_connections = [this](std::string_view service, std::size_t most) { return server_.list_layer4(service, most); };
    sources_.access_lines_lost = [this] { return access_ ? access_->lost() : 0; };
    sources_.duration_bounds = plan.proxy.duration_bounds;
    sources_.log_lines_lost = [this] { return sink_.lost(); };
  }
  /// What was started and not stopped, if the start failed: the API reads all the others.
  ~application() { stop_api(); }
  application(const application&) = delete;

  /// Traffic and API listen before discovery looks for the first time: whoever asks gets 503 or an empty
  /// list, never a refused connection. @return what cannot be bound.
  base::text_result<void> start() {
    if (!plan_.internal.empty()) api_.start(), health_.start();
    for (const proxy::entry_point& e : plan_.proxy.entry_points) {
      log_.info(preparing_line(e, plan_.proxy.timeouts));
      log_.info("Starting server on " + written_address(e));
    }
    if (auto started = server_.start(); !started) return started;
    if (file_) published_.expect("file");
    if (controller_) published_.expect("docker");
    if (!plan_.internal.empty()) publish_internal();
    log_.info("Starting provider configuration.ProviderAggregator {}");
    if (file_) {
      log_.info(file_provider_line(*plan_.file));
      file_->start();
    }
    if (controller_) {
      log_.info(docker_provider_line(plan_.discovery));
      controller_->start();
    }
    return {};
  }

  void run_until_stopped() {
    drop_startup_pages();
    const bool below_http = serves_below_http();
    auto next_services = controller_ ? base::now() : base::mono_time::max();
    auto next_rates = below_http ? base::now() : base::mono_time::max();
    for (;;) {
      if (base::now() >= next_services) next_services = base::now() + watch_services();
      if (base::now() >= next_rates) next_rates = base::now() + watch_rates();
      const auto next = std::min(next_services, next_rates);
      std::optional<milliseconds> left;
      if (next != base::mono_time::max()) left = std::max(std::chrono::ceil<milliseconds>(next - base::now()), milliseconds{0});
      if (const auto event = signals_.wait(-1, left)) {
        if (*event == signal_event::stop) return;
        heed(*event);
      }
    }
  }

  void stop() {
    log_.info("I have to go...");
    ready_ = false;
    if (plan_.drain_delay > milliseconds{0}) {
      log_.info(fmt::format("Waiting {} ms for incoming requests to cease", plan_.drain_delay.count()));
      wait_or_leave(-1, plan_.drain_delay);
    }
    log_.info("Stopping server gracefully");
    for (const proxy::entry_point& e : plan_.proxy.entry_points)
      log_.debug(fmt::format("Waiting {}s seconds before killing connections on entrypoint {}...", plan_.grace.count() / 1'000, e.name));
    // Discovery goes on meanwhile: what is still running must not be sent to tasks that leave.
    const bool clean = drain();
    for (const proxy::entry_point& e : plan_.proxy.entry_points) log_.debug("Entrypoint " + e.name + " closed");
    if (!clean) log_.warning(fmt::format("Requests were cut after {} ms", plan_.grace.count()));
    log_.info("Server stopped");
    // Before the proxy goes, to which they publish.
    if (file_) file_->stop();
    if (controller_) controller_->stop();
    stop_api();
    log_.info("Shutting down");
  }

 private:
  void stop_api() {
    api_.stop();
    health_.stop();
  }

  /// @return how long to leave it.
  milliseconds watch_services() noexcept {
    try {
      return watch_.look();
    } catch (const std::exception&) {  // no memory for a picture
      return milliseconds{60'000};
    }
  }

  bool serves_below_http() const {
    return std::any_of(plan_.proxy.entry_points.begin(), plan_.proxy.entry_points.end(),
                       [](const proxy::entry_point& e) { return e.protocol != model::protocol::http; });
  }

  /// Figures per second of TCP and UDP services are estimated from what comes in these times, whoever asks when. @return how long to leave it.
  milliseconds watch_rates() noexcept {
    try {
      sources_.layer4_rates->look(server_.read_layer4({.open = proxy::layer4_wishes::open_connections::moved, .persistence = false}), base::now());
    } catch (const std::exception&) {  // no memory: the next look takes what came for having come evenly
    }
    return ipvs_interval;
  }

  /// A name of ours, on the API's own entry point or on one that it shares with the services? Thread: the API's.
  bool knows_host(std::string_view host) const {
    const auto routes = published_.get();
    for (const internal_part& part : plan_.internal) {
      if (part.what == internal_kind::ping) continue;
      admin::own_names own{plan_.api_hosts, plan_.proxy.hostname, part.entry_point, 0, &admin::is_address_of_this_machine};
      if (const proxy::entry_point* const e = find_operators(plan_); e && e->name == part.entry_point)
        if (const auto address = parse_address(e->address)) own.port = address->port;
      if (admin::is_known_host(host, own, routes)) return true;
    }
    return false;
  }

  /// Bounded by the descriptors that the process may have at most, which the proxy asks for.
  static admin::server_limits api_limits(const proxy::options& opts) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    admin::server_limits out = admin::server_limits::within(static_cast<std::size_t>(files.rlim_max));
    out.head_bytes = std::max(out.head_bytes, opts.limits.request_head_bytes + 8 * 1024);  // with the fields that the proxy adds
    return out;
  }

  /// Ping has a thread of its own: no page and no scrape, of whomever, may make a container's health check late.
  static admin::server_limits health_limits(const proxy::options& opts) {
    admin::server_limits out = api_limits(opts);
    out.connections = std::min<std::size_t>(out.connections, 32);
    out.nice = 0;
    return out;
  }

  /// The routes to the API: not a provider's, so no reload is counted and no list for people shows them.
  void publish_internal() {
    const std::lock_guard lock(publishing_);
    say_skipped(server_.publish(published_.set(std::string(internal_provider), internal_routes(plan_))));
  }

  proxy::options proxy_options(const proxy::options& from) {
    proxy::options out = with_ear(from);
    if (plan_.internal.empty()) return out;
    out.dial_internal = [this](const proxy::internal_call& call) {
      return (kind_of_service(call.service) == internal_kind::ping ? health_ : api_).connect(call);
    };
    out.internal_descriptors = api_limits(from).descriptors() + health_limits(from).descriptors();
    return out;
  }

  /// A load balancer or CDN that nobody told waggle of is not believed, as is right; this says so, once for each network.
  proxy::options with_ear(proxy::options out) {
    out.on_untrusted = [this](const proxy::untrusted_peer& peer) {
      {
        const std::lock_guard lock(hearing_);
        if (told_networks_.size() >= most_networks || !told_networks_.insert(peer.entry_point + ' ' + peer.network).second) return;
      }
      const model::diagnostic d = admin::untrusted_finding(peer, sources_.status ? sources_.status().ingress_subnet : std::string());
      log_.warning("X-Forwarded-For and -Proto of a peer that is not trusted were replaced",
                   {{"entryPoint", peer.entry_point}, {"network", peer.network}, {"peer", peer.address}, {"reason", d.text}, {"fix", d.fix}});
    };
    return out;
  }

  /// What has to come before requests can be routed. An operator reads it in "waggle healthcheck", and Swarm rolls back for it.
  std::string awaited() const {
    const std::string provider = published_.awaited();
    if (provider.empty()) return server_.is_routing() ? "" : "the first routes are being handed to the workers";
    if (provider != "docker") return "the routes in " + plan_.file->filename + " have not been read yet";
    const discovery::status now = controller_->status();
    const std::string asked = std::string("no view of the ") + (plan_.discovery.swarm_mode ? "swarm" : "containers") +
                              " yet from --docker.endpoint=" + plan_.discovery.endpoint;
    return asked + (now.last_error.empty() ? ": the first answer is awaited" : ": " + now.last_error);
  }

  using configuration = std::shared_ptr<const model::configuration>;

  /// Thread: the provider's own. @return what of the provider is not served; none: what was served before goes on.
  std::optional<discovery::refusals> publish(const std::string& provider, const configuration& config) {
    const std::lock_guard lock(publishing_);
    const base::mono_time begun = base::now();
    try {
      const auto skipped = server_.publish(published_.set(provider, config));
      reloads_.edit([&](admin::reload_figures& r) {
        ++r.count;
        r.last_success = wall_seconds();
        r.last_took = std::chrono::duration<double>(base::now() - begun).count();
        r.took_together += r.last_took;
      });
      discovery::refusals mine;
      say_skipped(skipped);
      for (const proxy::skipped_router& s : skipped)
        if (s.provider == provider) mine.emplace(s.router, s.reason);
      return mine;
    } catch (const std::exception& e) {  // out of memory: what was served before goes on
      reloads_.edit([](admin::reload_figures& r) {
        ++r.failures;
        r.last_failure = wall_seconds();
      });
      log_.error("The new configuration cannot be served", {{"error", e.what()}});
      return std::nullopt;
    }
  }

  /// In Traefik's words; Traefik says it at each reload, waggle once until it is another.
  void say_skipped(const std::vector<proxy::skipped_router>& skipped) {
    std::set<std::string> now;
    for (const proxy::skipped_router& s : skipped) {
      std::string line = fmt::format("{}. Skipping {} {}...", s.reason, kind_of(s.router), s.router.name);
      // Not by the name with an index, which changes with other services.
      if (!s.identity.empty() && s.identity != s.router.name)
        for (std::size_t at = line.find(s.router.name); at != std::string::npos; at = line.find(s.router.name, at + s.identity.size()))
          line.replace(at, s.router.name.size(), s.identity);
      if (plan_.proxy.compat_traefik1 || !said_skipped_.contains(line)) log_.error(line);
      now.insert(std::move(line));
    }
    said_skipped_ = std::move(now);
  }

  void note_changes(const std::vector<discovery::change_view>& all) {
    const double at = wall_seconds();
    changes_.edit([&](std::deque<admin::numbered_change>& kept) {
      for (const discovery::change_view& c : all) kept.push_back({kept.empty() ? 0 : kept.back().number + 1, at, c});
      while (kept.size() > most_changes) kept.pop_front();
    });
  }

  /// What is no request to stop.
  void heed(signal_event event) {
    if (event == signal_event::reopen) return reopen();
    // USR2: debug and back, without a restart that would lose what is to be looked at.
    const bool debug = log_.debug_enabled();
    if (debug) log_.write(base::log_level::warning, "Log level is as at the start again");  // while it can still be read
    log_.set_level(debug ? plan_.log.level == base::log_level::debug ? base::log_level::info : plan_.log.level : base::log_level::debug);
    if (!debug) log_.write(base::log_level::warning, "Log level is DEBUG until the next SIGUSR2");
  }

  void reopen() {
    sink_.reopen();
    if (access_) access_->reopen();
    log_.info("Log file reopened");
    if (file_) file_->reload();
  }

  /// Waits for the time or the descriptor; a second request to stop ends the process here and now.
  void wait_or_leave(int descriptor, std::optional<milliseconds> bound) {
    const auto until = base::now() + bound.value_or(milliseconds{0});
    for (;;) {
      std::optional<milliseconds> left;
      if (bound) left = std::chrono::ceil<milliseconds>(until - base::now());
      const auto event = signals_.wait(descriptor, left);
      if (!event) return;
      if (*event != signal_event::stop) {
        heed(*event);
        continue;
      }
      log_.warning("Second signal: stopping at once");
      sink_.close(milliseconds{200});
      _exit(0);
    }
  }

  /// The proxy drains on a thread of its own, so that signals are still heard.
  bool drain() {
    const int done = eventfd(0, EFD_CLOEXEC);
    if (done < 0) return server_.drain(plan_.grace);
    bool clean = false;
    std::thread drainer([&] {
      clean = server_.drain(plan_.grace);
      const std::uint64_t one = 1;
      while (write(done, &one, sizeof one) < 0 && errno == EINTR) {
      }
    });
    wait_or_leave(done, std::nullopt);
    drainer.join();
    close(done);
    return clean;
  }

  const startup_plan& plan_;
  const process_signals& signals_;
  async_log_sink& sink_;
  base::logger& log_;
  std::atomic<bool> ready_{true};
  published published_;
  guarded<admin::reload_figures> reloads_;
  guarded<std::deque<admin::numbered_change>> changes_;
  admin::sources sources_;
  admin::condition_watch watch_{sources_, log_, !plan_.proxy.compat_traefik1};
  std::mutex publishing_;               // the proxy takes one list at a time
  std::set<std::string> said_skipped_;  // at the last publish
  std::mutex hearing_;                  // workers tell
  std::set<std::string> told_networks_;
  // Destroyed from below: workers hint to the controller and ask the API; the providers' threads and the API's, which reads all, end
  // before (stop()).
  std::optional<access_output> access_;
  std::optional<discovery::controller> controller_;
  admin::server api_, health_;
  proxy::server server_;
  std::optional<discovery::file_provider> file_;
};

}  // namespace

int serve(const startup_plan& plan, const process_signals& signals, async_log_sink& sink, base::logger& log) {
  application app(plan, signals, sink, log);
  if (const auto started = app.start(); !started) {
    log.write(base::log_level::fatal, started.error().reason);
    sink.close(last_flush);
    if (!plan.log.file.empty() || !log.enabled(base::log_level::fatal)) fmt::print(stderr, "waggle: {}\n", started.error().reason);
    return 1;
  }
  app.run_until_stopped();
  app.stop();
  sink.close(last_flush);
  return 0;
}

}  // namespace waggle::app
