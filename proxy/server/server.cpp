// The facade: binds entry points, owns the workers, compiles and hands out tables.
#include <waggle/proxy/server.hpp>

#include "affinity/opaque.hpp"
#include "health/prober.hpp"
#include "io/side_threads.hpp"
#include "routing/compile.hpp"
#include "routing/explain.hpp"
#include "server/figures.hpp"
#include "worker/worker.hpp"

#include <waggle/base/clock.hpp>

#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace waggle::proxy {
namespace {

constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn

/// Nobody is cut for being silent, so who is dead has to be noticed otherwise: probes every 15 s, as Go's net.ListenConfig has
/// them, end a connection whose peer's node is gone. Accepted sockets inherit it (socket(7), tcp(7)).
void probe_when_silent(int listener) noexcept {
  const int on = 1, every = 15, most = 9;
  setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPIDLE, &every, sizeof every);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPCNT, &most, sizeof most);
}

/// One SO_REUSEPORT socket. `address` gets the port that the kernel chose for port 0.
base::explained_result<int> listen_on(io::socket_address& address) {
  const auto failed = [&](int s, const char* what) {
    const base::explained why{std::string(what) + ": " + std::strerror(errno)};
    if (s >= 0) ::close(s);
    return why;
  };
  int s = ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s < 0 && errno == EAFNOSUPPORT && address.family() == AF_INET6 && address.ip() == "::") {
    auto v4 = io::make_address("0.0.0.0", address.port());  // a host without IPv6
    address = *v4;
    s = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }
  if (s < 0) return failed(s, "socket");
  const int one = 1, zero = 0;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) return failed(s, "SO_REUSEPORT");
  setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // accepted sockets inherit it
  probe_when_silent(s);
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  if (::bind(s, address.get(), address.size) != 0) return failed(s, "bind");
  if (::listen(s, backlog) != 0) return failed(s, "listen");
  address.size = sizeof address.storage;
  getsockname(s, reinterpret_cast<sockaddr*>(&address.storage), &address.size);
  return s;
}

/// True if somebody else listens there: SO_REUSEPORT alone would let two waggles of one user share a port in silence.
bool port_is_taken(const io::socket_address& address) {
  if (address.port() == 0) return false;
  const int s = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s < 0) return false;
  const int one = 1, zero = 0;
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (address.family() == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
  const bool taken = ::bind(s, address.get(), address.size) != 0 && errno == EADDRINUSE;
  ::close(s);
  return taken;
}

}  // namespace

struct server::impl {
  options opts;
  base::logger& log;
  endpoint_failure_handler on_failure;
  access_sink* access = nullptr;
  std::vector<entry_settings> entries;
  std::map<std::string, std::string> bound;
  std::vector<std::unique_ptr<worker>> workers;
  routing::compiler compiler;
  std::mutex table_mutex;
  std::shared_ptr<const routing::table> table;  ///< the newest, for figures and take_over()
  std::atomic<unsigned> next_worker{0};          ///< for connections that are handed over
  std::atomic<bool> draining{false};
  /// Older tables, freed by whoever publishes once nobody else uses them: taking 10,000 routes apart is no work for a worker.
  std::vector<std::shared_ptr<const routing::table>> retired;
  health::prober prober;

  impl(options o, base::logger& l, endpoint_failure_handler f)
      : opts(std::move(o)), log(l), on_failure(std::move(f)), compiler(opts, log), prober(opts, log, [this] {
          for (auto& w : workers) w->wake_held();
        }) {}

  base::explained_result<void> start();
  void share_memory();
};

namespace {

timeouts timeouts_of(const options& opts, const entry_point& e) {
  timeouts t = opts.timeouts;
  if (e.timeouts.read) t.request_body = *e.timeouts.read;
  if (e.timeouts.read && e.timeouts.read->count() > 0) t.request_head = *e.timeouts.read;
  if (e.timeouts.write) t.client_write = *e.timeouts.write;
  if (e.timeouts.idle) t.keep_alive = *e.timeouts.idle;
  return t;
}

base::explained_result<std::vector<entry_settings>> settle_entries(const options& opts, base::logger& log) {
  std::vector<entry_settings> entries;
  std::vector<entry_point> all = opts.entry_points;
  all.insert(all.end(), opts.other_entry_points.begin(), opts.other_entry_points.end());
  for (const entry_point& e : all) {
    auto forwarded = io::ip_ranges::parse(e.forwarded_headers.ranges);
    if (!forwarded) return base::explained{"entry point " + e.name + ": forwardedHeaders.trustedIPs: " + forwarded.error().reason};
    auto proxied = io::ip_ranges::parse(e.proxy_protocol.ranges);
    if (!proxied) return base::explained{"entry point " + e.name + ": proxyProtocol.trustedIPs: " + proxied.error().reason};
    auto guards = middleware::build_entry_guards(e, opts, log);
    if (!guards) return base::explained{"entry point " + e.name + ": " + guards.error().reason};
    entries.push_back({e.name, *forwarded, *proxied, e.forwarded_headers.everyone || opts.compat_traefik1,
                       e.proxy_protocol.everyone, timeouts_of(opts, e), e.compress, std::move(*guards), e.strict_paths, e.open_paths});
  }
  return entries;
}

}  // namespace

base::explained_result<void> server::check(const options& opts, base::logger& log) {
  auto settled = settle_entries(opts, log);
  if (!settled) return settled.error();
  return {};
}

std::vector<skipped_frontend> server::try_out(const options& opts, const std::vector<model::provider_configuration>& providers,
                                              base::logger& log) {
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
  for (auto& w : workers) w->memory_room.store(room / opts.workers, std::memory_order_relaxed);
}

base::explained_result<void> server::impl::start() {
  // Replicas with a common key count as one edge; else each process is one. In either case nobody outside knows the name.
  if (opts.edge.empty()) opts.edge = affinity::opaque_key(opts.sticky_key).value_of({}, "hops").substr(0, 16);
  auto settled = settle_entries(opts, log);
  if (!settled) return settled.error();
  entries = std::move(*settled);
  if (opts.workers == 0) opts.workers = 1;
  const auto disk = std::make_shared<io::spool_room>(opts.limits.spool_disk_bytes != 0 ? opts.limits.spool_disk_bytes : io::usual_spool_room());
  opts.limits.response_head_bytes = std::min(opts.limits.response_head_bytes, scratch::largest_head);
  for (unsigned i = 0; i < opts.workers; ++i) {
    workers.push_back(std::make_unique<worker>(i, opts, entries, log, on_failure));
    worker& w = *workers.back();
    w.spool_disk = disk;
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
    if (have < 256) return base::explained{"the limit of open files is " + std::to_string(have) + "; waggle needs at least 256 (ulimit -n)"};
    connections = (have - 64) / 2;  // two for each proxied request
  }
  const bool by_group = opts.limits.memory_bytes == 0;
  if (by_group) opts.limits.memory_bytes = memory_limit();
  share_memory();
  for (auto& w : workers) {
    w->memory_limit_of_group = by_group ? opts.limits.memory_bytes : 0;
    w->max_sessions = std::max<std::size_t>(1, connections / opts.workers);
    w->max_descriptors = 2 * w->max_sessions + opts.entry_points.size() + 1;  // … and what wakes its loop
  }

  for (std::size_t e = 0; e < opts.entry_points.size(); ++e) {
    const entry_point& point = opts.entry_points[e];
    const auto fail = [&](const std::string& why) {
      return base::explained{"entry point " + point.name + ": cannot listen on " + point.address + ": " + why};
    };
    auto address = io::parse_listen_address(point.address);
    if (!address) return fail(address.error().reason);
    if (port_is_taken(*address)) return fail("the address is in use by another process");
    for (auto& w : workers) {
      auto s = listen_on(*address);  // the first bind of port 0 settles the port for the others
      if (!s) return fail(s.error().reason);
      w->add_listener(*s, e);
    }
    bound[point.name] = address->text();
  }
  for (auto& w : workers) w->start();
  return {};
}

server::server(options opts, base::logger& log, endpoint_failure_handler on_failure)
    : impl_(std::make_unique<impl>(std::move(opts), log, std::move(on_failure))) {}
server::~server() = default;

base::explained_result<void> server::start() { return impl_->start(); }

std::vector<skipped_frontend> server::publish(const std::vector<model::provider_configuration>& providers) {
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

bool server::take_over(int descriptor, const std::string& entry_point, std::string received) {
  const auto& others = impl_->opts.other_entry_points;
  const auto at = std::find_if(others.begin(), others.end(), [&](const auto& e) { return e.name == entry_point; });
  if (at == others.end() || impl_->workers.empty() || impl_->draining) return false;
  const std::size_t entry = impl_->opts.entry_points.size() + static_cast<std::size_t>(at - others.begin());
  {
    const std::lock_guard lock(impl_->table_mutex);
    if (!impl_->table || impl_->table->entries[entry].ordered.empty()) return false;
  }
  impl_->workers[impl_->next_worker++ % impl_->workers.size()]->take_over(descriptor, entry, std::move(received));
  return true;
}

bool server::drain(std::chrono::milliseconds deadline) {
  impl_->draining = true;
  const base::mono_time end = base::now() + deadline;
  const auto patience = static_cast<io::time_ms>(std::min<std::int64_t>(deadline.count() / 2, 1'000));
  for (auto& w : impl_->workers) w->begin_drain(patience);
  const auto open = [&] {
    std::uint64_t n = 0;
    for (auto& w : impl_->workers) n += w->count.open.read();
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

figures server::read_figures() const {
  std::shared_ptr<const routing::table> table;
  {
    const std::lock_guard lock(impl_->table_mutex);
    table = impl_->table;
  }
  return collect_figures(impl_->workers, std::move(table), impl_->entries, impl_->opts.duration_bounds.size());
}

request_explanation server::explain(const request_question& asked) const {
  std::shared_ptr<const routing::table> table;
  {
    const std::lock_guard lock(impl_->table_mutex);
    table = impl_->table;
  }
  request_explanation out;
  std::size_t entry = 0;
  while (!asked.entry_point.empty() && entry < impl_->entries.size() && impl_->entries[entry].name != asked.entry_point) ++entry;
  if (table) {
    out = routing::explain(*table, entry, entry < impl_->entries.size() && impl_->entries[entry].strict_paths, asked);
  } else {
    out.status = 503;
    out.outcome = "no configuration has been read yet: 503";
  }
  if (entry < impl_->entries.size()) {
    out.entry_point = impl_->entries[entry].name;
    if (impl_->entries[entry].guards) out.outcome = "if redirect, auth and white list of the entry point let it pass: " + out.outcome;
  }
  return out;
}

stats server::read_totals() const {
  stats out;
  out.generation = impl_->workers.empty() ? 0 : ~std::uint64_t{0};
  for (auto& w : impl_->workers) {
    w->run_and_wait([&out](worker& self) {  // also: what a client has seen answered is counted
      out.waiting_idle += self.waiting.size(wait_kind::idle);
      out.waiting_dawdling += self.waiting.size(wait_kind::dawdling);
      out.waiting_stalled += self.waiting.size(wait_kind::stalled);
      out.connections_most += self.max_sessions;
      out.descriptors += self.descriptors();
      out.descriptors_most += self.max_descriptors;
      out.spool_files += self.spool_files;
    });
    const counters& c = w->count;
    out.gave_way_idle += c.gave_way[static_cast<std::size_t>(wait_kind::idle)].read();
    out.gave_way_dawdling += c.gave_way[static_cast<std::size_t>(wait_kind::dawdling)].read();
    out.gave_way_stalled += c.gave_way[static_cast<std::size_t>(wait_kind::stalled)].read();
    out.turned_away += c.turned_away.read();
    out.over_share += c.over_share.read();
    out.memory_held += w->memory_held();
    out.memory_most += w->memory_room.load(std::memory_order_relaxed);
    out.memory_of_group = std::max<std::uint64_t>(out.memory_of_group, w->memory_of_group.load(std::memory_order_relaxed));
    out.connections_accepted += c.accepted.read();
    out.connections_open += c.open.read();
    out.connections_lingering += c.lingering.read();
    out.requests += c.requests.read();
    out.active += c.active.read();
    out.response_time_us += c.response_time_us.read();
    out.bytes_in += c.bytes_in.read();
    out.bytes_out += c.bytes_out.read();
    out.sticky_hits += c.sticky_hits.read();
    out.sticky_followed += c.sticky_followed.read();
    out.sticky_left += c.sticky_left.read();
    out.sticky_unknown += c.sticky_unknown.read();
    out.sticky_failed += c.sticky_failed.read();
    out.retries_refused += c.retries_refused.read();
    out.hedges += c.hedges.read();
    out.hedges_won += c.hedges_won.read();
    out.ejections += c.ejections.read();
    out.holds += c.holds.read();
    out.holds_served += c.holds_served.read();
    out.holds_expired += c.holds_expired.read();
    out.holds_refused += c.holds_refused.read();
    out.sticky_new += c.sticky_new.read();
    out.retries += c.retries.read();
    out.refused_heads += c.refused_heads.read();
    out.exceptions += c.exceptions.read();
    out.generation = std::min(out.generation, c.generation.read());
    for (unsigned i = 0; i < c.status.size(); ++i)
      if (const std::uint64_t n = c.status[i].read()) out.status[i + 100] += n;
  }
  if (!impl_->workers.empty()) {
    const io::spool_room& disk = *impl_->workers.front()->spool_disk;
    out.spool_bytes = disk.held();
    out.spool_most = disk.total();
    out.spool_refused = disk.refused();
  }
  using io::side_threads;
  constexpr std::pair<side_threads::purpose, const char*> kinds[] = {
      {side_threads::purpose::hashing, "passwords"}, {side_threads::purpose::resolving, "names"}, {side_threads::purpose::spooling, "files"}};
  for (std::size_t i = 0; i < out.side.size(); ++i) {
    const side_threads::figures f = side_threads::figures_of(kinds[i].first);
    out.side[i] = {kinds[i].second, f.waiting, f.running, f.refused};
  }
  out.sticky_moves = out.sticky_followed + out.sticky_left + out.sticky_unknown + out.sticky_failed;
  return out;
}

stats server::read_stats() const {
  stats out = read_totals();
  std::map<std::string, server_stats> servers;
  std::shared_ptr<const routing::table> table;
  {
    const std::lock_guard lock(impl_->table_mutex);
    table = impl_->table;
  }
  std::unordered_map<std::string_view, std::string_view> backend_of;
  if (table)
    for (const auto& b : table->backends)
      for (const plan::server& s : b->servers) backend_of.emplace(s.key.view(), b->name);
  for (auto& w : impl_->workers) {
    struct copied {
      base::shared_text key, name, url;
      std::uint64_t requests, failures, active, connects, connect_failures, idle;
    };
    std::vector<copied> all;  // filled on the worker's thread, where requests wait meanwhile; worked on here
    all.reserve(backend_of.size() + 64);
    w->run_and_wait([&](worker& self) {
      for (const upstream::endpoint* const e : self.endpoints)
        if (e) all.push_back({e->key, e->name, e->url, e->requests, e->failures, e->active, e->connects, e->connect_failures, e->idle_count()});
    });
    for (const copied& e : all) {
      server_stats& s = servers[e.key.str()];
      s.server_id = plan::published_id(e.key);
      if (const auto b = backend_of.find(e.key); b != backend_of.end()) s.backend = b->second;
      s.name = e.name;
      s.url = e.url;
      s.requests += e.requests;
      s.failures += e.failures;
      s.active += e.active;
      s.connects += e.connects;
      s.connect_failures += e.connect_failures;
      s.idle += e.idle;
      out.idle_open += e.idle;
    }
  }
  for (auto& [key, s] : servers) out.servers.push_back(std::move(s));
  return out;
}

}  // namespace waggle::proxy
