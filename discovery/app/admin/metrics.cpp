#include "admin/views.hpp"

#include "admin/condition.hpp"
#include "admin/condition_watch.hpp"
#include "admin/exposition.hpp"
#include "admin/layer4_metrics.hpp"
#include "admin/process_figures.hpp"
#include "process/version.hpp"

#include <waggle/proxy/stats_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::app::admin {
namespace {

using enum exposition::kind;

void tell_reloads(exposition& out, const sources& from) {
  const reload_figures r = from.reloads();
  out.family("traefik_config_reloads_total", counter, "Configurations that were served.");
  out.sample({}, r.count);
  out.family("traefik_config_reloads_failure_total", counter, "Configurations that could not be served.");
  out.sample({}, r.failures);
  out.family("traefik_config_last_reload_success", gauge, "Unix time of the last configuration that was served.");
  out.sample({}, r.last_success);
  out.family("traefik_config_last_reload_failure", gauge, "Unix time of the last configuration that could not be served.");
  out.sample({}, r.last_failure);
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
  condition_counts counts{};
  if (const auto known = from.conditions ? from.conditions() : std::nullopt) {
    counts = *known;
  } else if (const auto all = from.verdicts()) {
    for (const model::verdict& v : *all)
      ++counts[static_cast<std::size_t>(std::find(condition_states.begin(), condition_states.end(), state_of(v)) - condition_states.begin())];
  }
  out.family("waggle_services", gauge, "Services of the swarm, by the state that the API shows.");
  for (std::size_t i = 0; i < counts.size(); ++i) out.sample({{"state", condition_states[i]}}, counts[i]);
}

/// The rows of the proxy's table, in its order: others' families stand between them.
class totals {
 public:
  totals(exposition& out, const proxy::stats& of) : out_(out), of_(of) {}

  /// Those that are left, up to a family.
  void tell_until(std::string_view family) {
    for (; next_ < rows.size() && rows[next_].family != family; ++next_) tell(rows[next_]);
  }
  void tell_rest() {
    for (; next_ < rows.size(); ++next_) tell(rows[next_]);
  }

 private:
  static constexpr const auto& rows = proxy::stats_table<std::uint64_t>;

  void tell(const proxy::stats_row<std::uint64_t>& row) {
    if (!row.family.empty()) out_.family(row.family, row.kind == proxy::stats_kind::counter ? counter : gauge, row.help);
    else if (row.label.name.empty()) return;
    const std::uint64_t value = row.counted ? of_.*row.counted : of_.*row.other;
    if (row.label.name.empty()) out_.sample({}, value);
    else out_.sample({{row.label.name, row.label.value}}, value);
  }

  exposition& out_;
  const proxy::stats& of_;
  std::size_t next_ = 0;
};

void tell_proxy(exposition& out, const sources& from, const proxy::stats& s, const proxy::figures& f) {
  const auto one = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
    out.family(name, what, help);
    out.sample({}, value);
  };
  totals rows(out, s);
  rows.tell_until("waggle_connections_open");
  one("waggle_publish_duration_seconds", gauge, "How long it took to compile and hand over the newest table.", from.reloads().last_took);
  one("waggle_publish_seconds_total", counter, "Seconds that compiling and handing over tables took together.", from.reloads().took_together);
  rows.tell_until("waggle_exceptions_total");
  one("waggle_pool_idle_connections", gauge, "Connections to servers that are kept for reuse.",
      std::accumulate(f.servers.begin(), f.servers.end(), std::uint64_t{0}, [](std::uint64_t n, const auto& server) { return n + server.idle; }));
  rows.tell_until("waggle_connections_limit");
  out.family("waggle_streams_open", gauge, "WebSockets and event streams in progress.");
  for (const proxy::traffic_figures& t : f.backends)
    for (const proxy::open_now& o : t.open)
      if (o.protocol != "http") out.sample({{"backend", t.name}, {"method", o.method}, {"protocol", o.protocol}}, o.count);
  one("waggle_log_lines_lost_total", counter, "Lines of the log that found no room.", from.log_lines_lost());
  one("waggle_access_log_lines_lost_total", counter, "Lines of the access log that found no room.", from.access_lines_lost());
  rows.tell_rest();
}

void tell_background(exposition& out, const proxy::stats& s) {
  const auto each = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
    out.family(name, what, help);
    for (const auto& w : s.side) out.sample({{"work", w.what}}, value(w));
  };
  each("waggle_background_waiting", gauge,
       "Jobs that wait for a background thread: passwords to be hashed, names to be resolved, files to be written.",
       [](const auto& w) { return w.waiting; });
  each("waggle_background_running", gauge, "… and that run.", [](const auto& w) { return w.running; });
  each("waggle_background_refused_total", counter, "… and that found no place: of all, or of their service.",
       [](const auto& w) { return w.refused; });
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

/// The text, made while it is sent, from figures of one moment: what takes most of the lines is rendered piece by piece, so that
/// thousands of servers take neither memory for all of it nor the thread for long.
class scrape final : public body_source {
 public:
  explicit scrape(const sources& from)
      : figures_(from.figures()), server_labels_(from.labels->of(figures_)), layer4_(from.layer4 ? from.layer4({}) : proxy::layer4_figures{}) {
    const proxy::stats s = from.stats();
    tell_reloads(out_, from);
    out_.swap_text(first_);
    if (from.docker) tell_discovery(out_, from);
    tell_proxy(out_, from, s, figures_);
    tell_background(out_, s);
    tell_process(out_);
    out_.swap_text(last_);
    for (const double b : from.duration_bounds) buckets_.push_back(exposition::closing_with(bound_text(b)));
    plan();
  }

  void next(std::string& piece) override {
    out_.swap_text(piece);
    while (family_ < families_.size() && out_.size() < piece_bytes) {
      const family& f = families_[family_];
      if (!begun_) f.begin();
      begun_ = true;
      while (thing_ < f.things && out_.size() < piece_bytes) f.tell(thing_++);
      if (thing_ < f.things) break;
      ++family_, thing_ = 0, begun_ = false;
    }
    out_.swap_text(piece);
  }

 private:
  static constexpr std::size_t piece_bytes = 60 * 1024;  ///< a line or two more: what one write of the server's takes

  /// Lines that are told thing by thing.
  struct family {
    std::function<void()> begin;
    std::size_t things = 0;
    std::function<void(std::size_t)> tell{};
  };

  void plan() {
    families_.push_back({[this] { out_.append(first_); }});
    traffic("traefik_entrypoint", "entrypoint", figures_.entry_points, "on an entry point");
    traffic("traefik_backend", "backend", figures_.backends, "to a backend");
    list("traefik_backend_retries_total", counter, "How many times a request was sent again to a backend.", figures_.backends.size(),
         [this](std::size_t i) {
           out_.sample({{"backend", figures_.backends[i].name}}, figures_.backends[i].retries);
         });
    servers();
    for (layer4_metrics::family& f : layer4_.families())
      list(f.name, f.what, f.help, f.things, [this, tell = std::move(f.tell)](std::size_t i) { tell(out_, i); });
    families_.push_back({[this] { out_.append(last_); }});
  }

  void list(std::string name, exposition::kind what, std::string help, std::size_t things, std::function<void(std::size_t)> tell) {
    families_.push_back({[this, name = std::move(name), what, help = std::move(help)] { out_.family(name, what, help); }, things, std::move(tell)});
  }

  /// Traefik 1.7's families of one kind of thing, each sample with the label `what`="name".
  void traffic(const std::string& prefix, std::string_view what, const std::vector<proxy::traffic_figures>& all, const std::string& of) {
    const auto each = [&](const std::string& name, exposition::kind kind, const std::string& help, auto tell) {
      list(prefix + name, kind, help, all.size(), [this, &all, what, tell](std::size_t i) {
        for (const proxy::answer_series& s : all[i].answers) {
          labels_.clear();
          exposition::render(labels_,
                             {{"code", fmt::format_int(s.status).c_str()}, {"method", s.method}, {"protocol", s.protocol}, {what, all[i].name}});
          tell(s);
        }
      });
    };
    each("_requests_total", counter, "How many requests " + of + ", by status code, method and protocol.",
         [this](const proxy::answer_series& s) { out_.sample(labels_, s.count); });
    each("_request_duration_seconds", histogram, "How long requests " + of + " took, by status code, method and protocol.",
         [this](const proxy::answer_series& s) {
           for (std::size_t i = 0; i < buckets_.size() && i < s.within.size(); ++i) out_.line("_bucket", labels_, buckets_[i], s.within[i]);
           out_.line("_bucket", labels_, endless_, s.count);
           out_.line("_sum", labels_, exposition::closing, s.seconds);
           out_.line("_count", labels_, exposition::closing, s.count);
         });
    list(prefix + "_open_connections", gauge, "How many requests " + of + " are in progress, by method and protocol.", all.size(),
         [this, &all, what](std::size_t i) {
           for (const proxy::open_now& o : all[i].open) out_.sample({{"method", o.method}, {"protocol", o.protocol}, {what, all[i].name}}, o.count);
         });
  }

  void servers() {
    const auto of = [this](std::size_t i) -> const proxy::server_figures& { return figures_.servers[server_labels_->index(i)]; };
    list("traefik_backend_server_up", gauge, "Whether a server of a backend is up: 0 or 1.", server_labels_->size(),
         [this, of](std::size_t i) { out_.line(server_labels_->backend(i), server_labels_->url(i), exposition::closing, std::uint64_t{of(i).up}); });
    const auto each = [&](std::string_view name, exposition::kind what, std::string_view help, auto value) {
      list(std::string(name), what, std::string(help), server_labels_->size(),
           [this, of, value](std::size_t i) { out_.sample(server_labels_->labels(i), value(of(i))); });
    };
    using server = proxy::server_figures;
    each("waggle_server_requests_total", counter, "Requests that were sent to a server.", [](const server& s) { return s.requests; });
    each("waggle_server_request_seconds_total", counter, "Seconds that requests to a server took together.",
         [](const server& s) { return s.seconds; });
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

  const proxy::figures figures_;
  const std::shared_ptr<const server_labels> server_labels_;
  const layer4_metrics layer4_;
  std::string first_, last_;          ///< what is told once
  std::vector<std::string> buckets_;  ///< closings of the labels
  const std::string endless_ = exposition::closing_with("+Inf");
  std::vector<family> families_;
  std::size_t family_ = 0, thing_ = 0;  ///< where the next piece begins
  bool begun_ = false;
  exposition out_;
  std::string labels_;
};

}  // namespace

response metrics(const sources& from, names) {
  return {.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .pieces = std::make_shared<scrape>(from)};
}

}  // namespace waggle::app::admin
