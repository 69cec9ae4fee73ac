#include "worker/worker.hpp"

#include <waggle/base/clock.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <optional>
#include <utility>

namespace waggle::proxy {
namespace {

constexpr int accept_burst = 64;
constexpr io::time_ms accept_pause = 100, memory_every = 1'000;

/// Who has work for a tenth of a millisecond need not wait until a scrape of the metrics has had its three: Linux 6.12 and later
/// let a thread with shorter turns go first when it wakes (sched(7), sched_setattr(2)). Elsewhere it changes nothing.
void request_short_timeslice() noexcept {
  struct {  // sched_attr, first version: the kernel's header cannot stand beside glibc's
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
  } wish{};
  if (::syscall(SYS_sched_getattr, 0, &wish, sizeof wish, 0) != 0 || wish.policy != SCHED_OTHER) return;
  wish.size = sizeof wish;
  wish.runtime = 100'000;  // ns, the least that the kernel takes
  (void)::syscall(SYS_sched_setattr, 0, &wish, 0);
}

}  // namespace

worker::worker(unsigned i, const options& o, const std::vector<entry_settings>& e, base::logger& l, begin_connection begin,
               endpoint_failure_handler on_failure)
    : index(i),
      opts(o),
      entries(e),
      log(l),
      servers(loop, i),
      failures(loop, std::move(on_failure)),
      random(static_cast<std::uint64_t>(base::now().time_since_epoch().count()) * (i + 1)),
      open_at(e.size()),
      begin_(begin),
      resume_timer_(*this),
      memory_timer_(*this) {
  entry_traffic.resize(entries.size());
  scratch.request.fields.limit = std::min(opts.limits.request_fields, http1::max_fields);
  scratch.request.line_limit = std::min(opts.limits.request_line_bytes, http1::max_request_line);
  scratch.response.fields.limit = std::min(opts.limits.response_fields, http1::max_fields);
  for (const double bound : opts.duration_bounds) bounds_ms.push_back(static_cast<std::uint32_t>(bound * 1000 + 0.5));
}

worker::~worker() { stop_and_join(); }

void worker::add_listener(int descriptor, std::size_t entry) {
  auto l = std::make_unique<listener>();
  l->self = this;
  l->entry = entry;
  l->fd = descriptor;
  l->on_events = [](io::pollable& p, std::uint32_t) {
    auto& self = static_cast<listener&>(p);
    self.self->accept_from(self);
  };
  loop.watch(*l, EPOLLIN);
  listeners_.push_back(std::move(l));
}

void worker::start() {
  thread_.start([this] {
    request_short_timeslice();
    // Whoever comes in the moments between listening and the first table is served a moment later, not turned away.
    if (opts.timeouts.first_table.count() > 0 && (!table_ || !table_->table->complete)) {
      awaits_table_ = true;
      pause_accepting(static_cast<io::time_ms>(opts.timeouts.first_table.count()));
    }
    if (limits.memory_of_group != 0) loop.arm(memory_timer_, loop.now() + memory_every);
  });
}

void worker::stop_and_join() {
  if (!thread_.is_running()) {
    close_listeners(true);
    if (datagrams) datagrams->close();
    return;
  }
  loop.post([this] {
    close_listeners(true);
    if (datagrams) datagrams->close();
    // Each abort ends a connection's coroutine, which takes itself off the list.
    for (client_connection* s = connections_; s != nullptr;) {
      client_connection* const next = s->next;
      s->abort();
      s = next;
    }
  });
  // Connections that had yielded end in the batch after: stop when the list is empty.
  for (bool empty = false; !empty;) run_and_wait([&](worker&) { empty = connections_ == nullptr; });
  run_and_wait([](worker& self) {
    if (self.access) self.access->flush();
  });
  thread_.stop_and_join();
}

void worker::run_and_wait(const std::function<void(worker&)>& f) {
  thread_.run_and_wait([&] { f(*this); });
}

void worker::adopt(std::shared_ptr<const routing::table> next) {
  loop.post([this, next = std::move(next)]() mutable {
    const base::mono_time begin = base::now();
    servers.tell_connections(next->tcp);
    servers.mark_servers(next->udp);
    servers.depart(*next);
    count.generation.add(next->generation - count.generation.read());
    io::lease<table_ref> fresh(new table_ref(std::move(next)));
    std::swap(table_, fresh);  // the one before goes when the queues have been told of the new one
    servers.held.renew(table_->table->backends, loop.now());
    servers.held_tcp.renew(table_->table->tcp.services, loop.now());
    if (datagrams) datagrams->adopt();
    if (table_->table->complete) is_routing_.store(true, std::memory_order_relaxed);
    // The API is served from what there is: its health checks say themselves what is awaited.
    if (awaits_table_) resume_accepting(!table_->table->complete);
    if (log.debug_enabled())
      log.debug("Table adopted", {{"worker", std::to_string(index)},
                                  {"generation", std::to_string(table_->table->generation)},
                                  {"took_us", std::to_string((base::now() - begin).count() / 1'000)}});
  });
}

namespace {

template <class Service>
const Service* same_in(const std::vector<std::shared_ptr<const Service>>& all, const Service& s) noexcept {
  for (const auto& one : all)
    if (one->key == s.key) return one.get();
  return nullptr;
}

}  // namespace

const plan::backend* worker::current(const plan::backend& b) const noexcept { return same_in(table_->table->backends, b); }
const plan::tcp_service* worker::current(const plan::tcp_service& s) const noexcept { return same_in(table_->table->tcp.services, s); }

void worker::wake_held() {
  loop.post([this] {
    servers.held.wake(loop.now());
    servers.held_tcp.wake(loop.now());
  });
}

void worker::enter(client_connection& s) noexcept {
  s.next = connections_;
  s.previous = &connections_;
  if (s.next) s.next->previous = &s.next;
  connections_ = &s;
  ++connection_count_;
  count.connections_open.add();
}

void worker::remove(client_connection& s) noexcept {
  *s.previous = s.next;
  if (s.next) s.next->previous = s.previous;
  --connection_count_;
  set_awaited(s, false);
  count.connections_open.sub();
  loop.delete_later(&s);
}

void worker::accept_from(listener& l) {
  for (int i = 0; i < accept_burst; ++i) {
    const pressure memory = pressure_of(memory_held(), limits.memory_room.load(std::memory_order_relaxed));
    const bool operators = entries[l.entry].operators;
    if (memory == pressure::tight && !draining_ && !operators) return pause_accepting(accept_pause);  // what is held will be less in a moment
    io::socket_address peer;
    peer.size = sizeof peer.storage;
    io::descriptor client(::accept4(l.fd, reinterpret_cast<sockaddr*>(&peer.storage), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
      // Out of descriptors or memory: pausing beats spinning on a listener that stays readable.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        log.warning("accept failed: out of descriptors or memory, pausing for 100 ms", {{"entryPoint", entries[l.entry].name}});
        close_idle();
        end_one_who_waits(scarcity::full);
        pause_accepting(accept_pause);
      }
      return;
    }
    count.connections_accepted.add();
    if (!operators) peers.note(io::to_bytes(peer));
    if (admit(l, peer, memory)) begin_(*this, std::move(client), l.entry, peer);
    else reject_overloaded(std::move(client), entries[l.entry].protocol);
  }
}

void worker::pause_accepting(io::time_ms how_long) {
  for (const auto& l : listeners_)
    if (l->fd >= 0) loop.change(*l, 0);
  loop.arm(resume_timer_, loop.now() + how_long);
}

void worker::resume_accepting(bool operators_alone) {
  if (!operators_alone) {
    awaits_table_ = false;
    resume_timer_.cancel();
  }
  for (const auto& l : listeners_)
    if (l->fd >= 0 && (!operators_alone || entries[l->entry].operators)) loop.change(*l, EPOLLIN);
}

worker::memory_timer::memory_timer(worker& w) noexcept
    : timer([](io::timer& t) {
        worker& self = static_cast<memory_timer&>(t).owner;
        self.look_at_memory();
        self.loop.arm(self.memory_timer_, self.loop.now() + memory_every);
      }),
      owner(w) {}

worker::resume_timer::resume_timer(worker& w) noexcept
    : timer([](io::timer& t) { static_cast<resume_timer&>(t).owner.resume_accepting(); }), owner(w) {}

/// @param operators  the API's as well.
void worker::close_listeners(bool operators) {
  for (const auto& l : listeners_) {
    if (l->fd < 0 || (!operators && entries[l->entry].operators)) continue;
    accept_from(*l);  // what has been connected is not turned away
    loop.forget(*l);
  }
}

void worker::begin_drain(io::time_ms idle_patience, io::time_ms spread) {
  loop.post([this, idle_patience, spread] {
    if (draining_) return;
    close_listeners(false);
    draining_ = true;
    heads_until_ = loop.now() + idle_patience;
    if (datagrams) datagrams->begin_drain();
    std::size_t links = 0, n = 0;
    for (client_connection* s = connections_; s != nullptr;) {
      client_connection* const next = s->next;
      s->shorten_idle(heads_until_);
      s = next;
    }
    for (client_connection* s = connections_; s != nullptr; s = s->next) links += s->as_link() != nullptr;
    for (client_connection* s = connections_; s != nullptr; s = s->next)
      if (upstream::client_link* const l = s->as_link()) l->end_at(loop.now() + spread * n++ / links);
  });
}

}  // namespace waggle::proxy
