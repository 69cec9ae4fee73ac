// The facade: binds entry points, owns the workers, compiles and hands out tables.
#include <waggle/proxy/server.hpp>

#include "affinity/opaque.hpp"
#include "connection/connection.hpp"
#include "health/prober.hpp"
#include "middleware/process_key.hpp"
#include "routing/compile.hpp"
#include "routing/explain.hpp"
#include "routing/explain_layer4.hpp"
#include "schedule/persistence_table.hpp"
#include "server/entry_points.hpp"
#include "server/figures.hpp"
#include "server/layer4_figures.hpp"
#include "server/listen.hpp"
#include "tcp/connection.hpp"
#include "udp/port_range.hpp"
#include "udp/relay.hpp"
#include "worker/worker.hpp"

#include <waggle/base/clock.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace waggle::proxy {

namespace {

schedule::key16 random_key(const char* purpose) {
  const auto digest = middleware::keyed_digest(purpose);
  schedule::key16 out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

struct server::impl {
  options opts;
  base::logger& log;
  endpoint_failure_handler on_failure;
  access_sink* access = nullptr;
  std::vector<entry_settings> entries;
  std::map<std::string, std::string> bound;
  std::vector<entrance_name> entrances;  ///< by entry point
  layer4_reader layer4;
  schedule::persistence_table persistence{random_key("persistence")};
  udp::port_range ports{udp::local_ports()};  ///< of sockets to UDP servers
  std::vector<std::unique_ptr<worker>> workers;
  routing::compiler compiler;
  std::mutex table_mutex;
  std::shared_ptr<const routing::table> table;  ///< the newest, for figures
  /// Older tables, freed by whoever publishes once nobody else uses them: taking 10,000 routes apart is no work for a worker.
  std::vector<std::shared_ptr<const routing::table>> retired;
  health::prober prober;

  impl(options o, base::logger& l, endpoint_failure_handler f)
      : opts(std::move(o)), log(l), on_failure(std::move(f)), compiler(opts, log), prober(opts, log, [this] {
          for (auto& w : workers) w->wake_held();
        }) {}

  base::text_result<void> start();
  void share_memory();
  std::shared_ptr<const routing::table> newest() {
    const std::lock_guard lock(table_mutex);
    return table;
  }
};

namespace {

/// Whoever connects is served in the words of the entry point.
void begin_by_protocol(worker& w, io::descriptor client, std::size_t entry, const io::socket_address& peer) noexcept {
  if (w.entries[entry].protocol == model::protocol::tcp) tcp::connection::begin(w, std::move(client), entry, peer);
  else connection::begin(w, std::move(client), entry, peer);
}

}  // namespace

base::text_result<void> server::check(const options& opts, base::logger& log) {
  auto settled = resolve_entry_points(opts, log);
  if (!settled) return settled.error();
  return {};
}

std::vector<skipped_router> server::try_out(const options& opts, const std::vector<model::provider_configuration>& providers, base::logger& log) {
  return routing::compiler(opts, log).compile(providers, base::now()).skipped;
}

/// What the process takes without its connections (tables, mostly) is not theirs to hold.
void server::impl::share_memory() {
  const std::size_t limit = opts.limits.memory_bytes;
  if (limit == 0) return;
  std::size_t held = 0;
  for (const auto& w : workers) held += w->memory_held();
  const std::size_t taken = resident_memory(), base = taken > held ? taken - held : 0;
  const std::size_t room = std::max(limit > base ? limit - base : 0, limit / 10);  // a limit that fits not even the tables
  for (auto& w : workers) w->limits.memory_room.store(room / opts.workers, std::memory_order_relaxed);
}

base::text_result<void> server::impl::start() {
  // Replicas with a common key count as one edge; else each process is one. In either case nobody outside knows the name.
  if (opts.edge.empty()) opts.edge = affinity::opaque_key(opts.sticky_key).value_of({}, "hops").substr(0, 16);
  auto settled = resolve_entry_points(opts, log);
  if (!settled) return settled.error();
  entries = std::move(*settled);
  if (opts.workers == 0) opts.workers = 1;
  const auto disk = std::make_shared<io::spool_room>(opts.limits.spool_disk_bytes != 0 ? opts.limits.spool_disk_bytes : io::usual_spool_room());
  opts.limits.response_head_bytes = std::min(opts.limits.response_head_bytes, scratch::largest_head);
  for (unsigned i = 0; i < opts.workers; ++i) {
    workers.push_back(std::make_unique<worker>(i, opts, entries, log, begin_by_protocol, on_failure));
    worker& w = *workers.back();
    w.spool_disk = disk;
    w.persistence = &persistence;
    if (std::any_of(entries.begin(), entries.end(), [](const entry_settings& e) { return e.protocol == model::protocol::udp; }))
      w.datagrams = std::make_unique<udp::relay>(w, random_key("UDP sessions"), ports);
    if (opts.access_log && access) w.access = std::make_unique<access::log>(*opts.access_log, *access, w.loop, i, opts.workers);
  }
  std::size_t connections = opts.limits.max_connections;
  if (connections == 0) {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;  // descriptors are what a proxy is made of
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
    const std::size_t have = std::min<std::size_t>(static_cast<std::size_t>(files.rlim_cur), 1'000'000);
    if (have < 256) return base::text_error{"the limit of open files is " + std::to_string(have) + "; waggle needs at least 256 (ulimit -n)"};
    const std::size_t parting = std::min(have / 8, opts.workers * rejected_clients::most);
    // The process has some thirty itself: files, threads, the Engine's connections.
    const std::size_t reserve = 32 + std::max<std::size_t>(32, std::min(opts.internal_descriptors, have / 8));
    connections = (have - reserve - parting) / 2;  // two for each proxied request
  }
  const bool by_group = opts.limits.memory_bytes == 0;
  if (by_group) opts.limits.memory_bytes = memory_limit();
  share_memory();
  for (auto& w : workers) {
    w->limits.memory_of_group = by_group ? opts.limits.memory_bytes : 0;
    w->limits.connections = std::max<std::size_t>(1, connections / opts.workers);
    w->limits.descriptors = 2 * w->limits.connections + opts.entry_points.size() + 1;  // … and what wakes its loop
  }

  for (std::size_t e = 0; e < opts.entry_points.size(); ++e) {
    const entry_point& point = opts.entry_points[e];
    const auto fail = [&](const std::string& why) {
      return base::text_error{"entry point " + point.name + ": cannot listen on " + point.address + ": " + why};
    };
    auto address = io::parse_listen_address(point.address);
    if (!address) return fail(address.error().reason);
    if (port_is_taken(*address, point.protocol)) return fail("the address is in use by another process");
    const bool datagrams = point.protocol == model::protocol::udp;
    for (auto& w : workers) {
      auto s = datagrams ? bind_datagrams(*address) : listen_on(*address, point);  // the first bind of port 0 settles the port for the others
      if (!s) return fail(s.error().reason);
      if (datagrams) w->datagrams->add_socket(*s, e, *address);
      else w->add_listener(*s, e);
    }
    bound[point.name] = address->text();
    entrances.push_back({point.name, shown_address(point.address, address->text())});
  }
  for (auto& w : workers) w->start();
  return {};
}

server::server(options opts, base::logger& log, endpoint_failure_handler on_failure)
    : impl_(std::make_unique<impl>(std::move(opts), log, std::move(on_failure))) {}
server::~server() = default;

base::text_result<void> server::start() { return impl_->start(); }

std::vector<skipped_router> server::publish(const std::vector<model::provider_configuration>& providers) {
  routing::compiler::outcome out = impl_->compiler.compile(providers, base::now());
  std::erase_if(impl_->retired, [](const auto& t) { return t.use_count() == 1; });
  {
    const std::lock_guard lock(impl_->table_mutex);
    if (impl_->table) impl_->retired.push_back(impl_->table);
    impl_->table = out.next;
  }
  for (auto& w : impl_->workers) w->adopt(out.next);
  impl_->share_memory();
  impl_->prober.update(std::move(out.checks));
  return std::move(out.skipped);
}

bool server::is_routing() const noexcept {
  return !impl_->workers.empty() && std::all_of(impl_->workers.begin(), impl_->workers.end(), [](const auto& w) { return w->is_routing(); });
}

bool server::drain(std::chrono::milliseconds deadline) {
  const base::mono_time end = base::now() + deadline;
  const auto patience = static_cast<io::time_ms>(std::min<std::int64_t>(deadline.count() / 2, 1'000));
  // The last of those that are ended one after the other have a second to agree.
  const auto spread = static_cast<io::time_ms>(std::max<std::int64_t>(deadline.count() - 1'200, 0));
  for (auto& w : impl_->workers) w->begin_drain(patience, spread);
  const auto open = [&] {
    std::uint64_t n = 0;
    for (auto& w : impl_->workers) n += w->count.awaited.read();
    return n;
  };
  // The listeners close on the workers' threads: wait for that before counting.
  for (auto& w : impl_->workers) w->run_and_wait([](worker&) {});
  while (open() > 0 && base::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return open() == 0;
}

std::string server::bound_address(const std::string& entry_point) const {
  const auto it = impl_->bound.find(entry_point);
  return it == impl_->bound.end() ? std::string() : it->second;
}

void server::set_access_sink(access_sink& sink) { impl_->access = &sink; }

figures server::read_figures() const { return collect_figures(impl_->workers, impl_->newest(), impl_->entries, impl_->opts.duration_bounds.size()); }

layer4_figures server::read_layer4(const layer4_wishes& wishes) const {
  return impl_->layer4.read(impl_->workers, impl_->entrances, impl_->newest(), wishes);
}

std::vector<layer4_connection> server::list_layer4(std::string_view service, std::size_t most) const {
  return impl_->layer4.list(impl_->workers, impl_->entrances, service, most);
}

request_explanation server::explain(const request_question& asked) const {
  const std::shared_ptr<const routing::table> table = impl_->newest();
  request_explanation out;
  std::size_t entry = 0;
  while (!asked.entry_point.empty() && entry < impl_->entries.size() && impl_->entries[entry].name != asked.entry_point) ++entry;
  if (table) {
    const entry_settings* const at = entry < impl_->entries.size() ? &impl_->entries[entry] : nullptr;
    const model::protocol protocol = at ? at->protocol : model::protocol::http;
    if (protocol == model::protocol::tcp) out = routing::explain_tcp(*table, entry, at->name, asked);
    else if (protocol == model::protocol::udp) out = routing::explain_udp(*table, entry);
    else out = routing::explain(*table, entry, at && at->strict_paths, at && at->steps, asked);
  } else {
    out.status = 503;
    out.outcome = "no configuration has been read yet: 503";
  }
  if (entry < impl_->entries.size()) out.entry_point = impl_->entries[entry].name;
  return out;
}

stats server::read_totals() const { return collect_totals(impl_->workers); }

}  // namespace waggle::proxy
