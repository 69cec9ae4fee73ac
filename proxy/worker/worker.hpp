// One thread of the data path: its loop, listeners, table, endpoint registry, scratch memory and counters. Connections borrow
// all of it; nothing here is shared with another worker but the immutable table.
#pragma once

#include "access/log.hpp"
#include "client/fetch.hpp"
#include "http1/head.hpp"
#include "http1/target.hpp"
#include "io/address.hpp"
#include "io/buffer_pool.hpp"
#include "io/gzip.hpp"
#include "io/loop.hpp"
#include "io/loop_thread.hpp"
#include "io/pipe.hpp"
#include "io/spool_room.hpp"
#include "middleware/entry_chain.hpp"
#include "routing/table.hpp"
#include "schedule/persistence_table.hpp"
#include "schedule/random.hpp"
#include "schedule/server_state.hpp"
#include "upstream/endpoint.hpp"
#include "worker/client_connection.hpp"
#include "worker/counters.hpp"
#include "worker/datagram_relay.hpp"
#include "worker/date_text.hpp"
#include "worker/failure_reports.hpp"
#include "worker/memory.hpp"
#include "worker/client_network_estimate.hpp"
#include "worker/registry.hpp"
#include "worker/rejected_clients.hpp"
#include "worker/table_ref.hpp"
#include "worker/traffic.hpp"
#include "worker/untrusted_peers.hpp"
#include "worker/waiting.hpp"

#include <waggle/base/log.hpp>
#include <waggle/proxy/options.hpp>
#include <waggle/proxy/server.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy {

/// An entry point as workers see it: trust lists parsed, steps built.
struct entry_settings {
  std::string name;
  io::ip_ranges forwarded_trusted, proxy_trusted;
  bool forwarded_everyone = false, proxy_everyone = false;
  proxy::timeouts timeouts{};  ///< those of all, with what this entry point sets otherwise
  bool compress = false;
  std::shared_ptr<const middleware::entry_chain> steps{};  ///< null: none
  bool strict_paths = false;
  bool operators = false;  ///< the API's (entry_point::operators)
  model::protocol protocol = model::protocol::http;
  // Below HTTP.
  bool open_to_all = true;
  io::ip_ranges white_list{};       ///< … else to these
  std::size_t max_connections = 0;  ///< of one worker; 0: no limit of its own
};

/// Memory that is valid only until the next suspension of whoever uses it.
struct scratch {
  static constexpr std::size_t lead = 64, read_size = 64 * 1024, trail = 64;
  static constexpr std::size_t head_read = 16 * 1024;                 ///< first reads are small, so that large bodies stay in the socket
  static constexpr std::size_t largest_head = 1024 * 1024;            ///< of an answer, whatever the options say
  static constexpr std::size_t head_room = largest_head + 64 * 1024;  ///< … with what is added to it
  static constexpr std::size_t write_size = head_room + 40 * 1024;
  static constexpr std::size_t splice_from = 64 * 1024;             ///< remaining body bytes from which on splicing pays (measured)
  std::array<char, lead + largest_head + head_read + trail> input;  ///< a head that came in pieces is put together here
  std::array<char, write_size> output;
  http1::request_head request;
  http1::response_head response;
  http1::target_scratch target;
  char host[256];
  char* in() noexcept { return input.data() + lead; }
};

/// Set before start(), but for what is atomic.
struct worker_limits {
  std::size_t connections = 0;                  ///< of clients; 0: no limit
  std::size_t descriptors = 0;                  ///< of both sides, listeners and pipes; 0: no limit
  std::size_t memory_of_group = 0;              ///< of the cgroup, if that is what limits memory
  std::atomic<std::size_t> memory_in_group{0};  ///< what the cgroup counts
  std::atomic<std::size_t> memory_room{0};      ///< bytes that connections may hold; 0: no limit. Written by whoever publishes
};

// Large: it is what one thread owns, and each part (loop, pools, registry, waiting lists, counters) is a class of its own; its functions are what
// the thread does with several of them at once (make room, take a table into use, drain). To be taken out next: accepting (listeners, pause, admit).
class worker {
 public:
  static constexpr std::size_t local_reserve = 8;  ///< connections beyond the limit, for this machine's own at the API
  worker(unsigned index, const options& opts, const std::vector<entry_settings>& entries, base::logger& log, begin_connection begin,
         endpoint_failure_handler on_failure);
  ~worker();

  /// Adds a listening socket of entry point `entry`; before start().
  void add_listener(int descriptor, std::size_t entry);
  void start();
  /// Thread: any.
  void adopt(std::shared_ptr<const routing::table> next);
  /// Has it taken a complete table into use? Thread: any.
  bool is_routing() const noexcept { return is_routing_.load(std::memory_order_relaxed); }
  /// Closes the listeners but the API's; every answer says `Connection: close`; idle connections may send one more request, and heads that
  /// have come in part may become whole, within `idle_patience` ms. Connections that are not HTTP's are ended one after the other within
  /// `spread` ms.
  void begin_drain(io::time_ms idle_patience, io::time_ms spread);
  /// A server has become usable: held requests look again. Thread: any.
  void wake_held();
  void stop_and_join();
  /// Runs `f` on the worker's thread and waits for it. Thread: any but a worker's.
  void run_and_wait(const std::function<void(worker&)>& f);

  static constexpr std::size_t session_memory = 3 * 1024;  ///< of a UDP session, mostly the kernel's for its socket
  /// Bytes that connections hold. Thread: any.
  std::size_t memory_held() const noexcept {
    return buffers.held() + count.connections_open.read() * connection_memory + count.udp_sessions.read() * session_memory;
  }

  // What connections and exchanges use. Thread: the worker's.
  /// May a backend with this many exchanges in progress have one more? One whose servers hang must not take every
  /// connection of the entry point: while there are others, three quarters are its share.
  bool is_within_backend_share(std::size_t in_progress) const noexcept {
    return limits.connections == 0 || in_progress <= std::max<std::size_t>(1, limits.connections - limits.connections / 4) || !table_ ||
           table_->table->tenants <= 1;
  }
  /// An empty pipe, unless descriptors are scarce (then bytes are copied).
  /// A luxury: of the last quarter nobody gets one, and all of them together have a quarter.
  io::pipe take_pipe() noexcept {
    const std::size_t quarter = limits.descriptors / 4;
    return pipes.has_idle() || limits.descriptors == 0 || (pipes.descriptors() + 2 <= quarter && has_descriptors(2 + quarter)) ? pipes.take()
                                                                                                                               : io::pipe();
  }
  std::size_t descriptors() const noexcept { return loop.watching() - rejected_.size() + pipes.descriptors() + spool_files; }
  bool has_descriptors(std::size_t wanted) const noexcept { return limits.descriptors == 0 || descriptors() + wanted <= limits.descriptors; }
  /// Closes everything that is kept for later.
  void close_idle() noexcept;
  /// Closes idle connections to servers and idle pipes, takes pipes from transfers that stall, and then ends clients that wait
  /// (waiting_lists), until `wanted` more descriptors are within the limit or nothing is left to close. Others' coroutines run
  /// meanwhile: scratch memory is not valid afterwards.
  void free_descriptors(std::size_t wanted);
  /// The current table, or null; valid until the next suspension. For longer: in_table.
  table_ref* use_table() const noexcept { return table_.get(); }
  bool is_current(const table_ref* t) const noexcept { return t == table_.get(); }
  /// The backend of that name in the current table, or null. Cost: O(backends).
  const plan::backend* current(const plan::backend& b) const noexcept;
  const plan::tcp_service* current(const plan::tcp_service& s) const noexcept;
  /// It could not be reached, or does not acknowledge what was sent: counts towards holding it down.
  void note_unreachable(upstream::endpoint& e) noexcept {
    if (e.note_connect_failure(loop.now())) count.ejections.add();
  }
  /// … and the swarm is looked at.
  void report_unreachable(upstream::endpoint& e, const char* why) {
    note_unreachable(e);
    failures.report(e, why);
  }
  std::string_view http_date() noexcept { return date_.at(loop.now()); }
  bool draining() const noexcept { return draining_; }
  /// A drain does not wait for heads that come later; io::never: there is none.
  io::time_ms heads_until() const noexcept { return heads_until_; }
  void enter(client_connection& c) noexcept;
  void remove(client_connection& c) noexcept;
  /// Shall a drain wait for its end? Those of the API's entry point are waited for when their last request was a service's.
  void set_awaited(client_connection& c, bool on) noexcept {
    if (c.awaited == on) return;
    c.awaited = on;
    if (on) count.awaited.add();
    else count.awaited.sub();
  }

  const unsigned index;
  const options& opts;
  const std::vector<entry_settings>& entries;
  base::logger& log;
  io::loop loop;
  io::buffer_pool buffers;
  io::pipe_pool pipes;
  io::gzip_pool compressors;
  proxy::scratch scratch;
  /// For requests of waggle's own on this thread.
  client::context own_requests{loop, {scratch.in(), proxy::scratch::read_size}, scratch.response, [this] {
                                 if (!has_descriptors(1)) free_descriptors(1);
                                 return has_descriptors(1);
                               }};
  counters count;
  std::unique_ptr<access::log> access;   ///< null: off
  client_network_estimate peers;         ///< of connections accepted here
  untrusted_peers untrusted;             ///< of requests
  std::vector<traffic> entry_traffic;    ///< by entry point
  std::vector<std::uint32_t> bounds_ms;  ///< of the histograms
  worker_limits limits;
  std::size_t spared = 0;                      ///< connections of this machine at the API that have not asked yet: local_reserve at most
  waiting_lists waiting;                       ///< connections that wait for their clients
  std::shared_ptr<io::spool_room> spool_disk;  ///< of the process
  std::size_t spool_files = 0;                 ///< descriptors of bodies that are kept in files
  registry servers;
  failure_reports failures;
  // Below HTTP.
  schedule::persistence_table* persistence = nullptr;  ///< of the process; outlives the worker. Set before start()
  schedule::random random;                             ///< for choosing servers
  std::vector<schedule::server_state> server_states;   ///< for one choice, until it is made
  std::vector<std::uint32_t> open_at;                  ///< by entry point: connections that are not HTTP's
  std::unique_ptr<datagram_relay> datagrams;           ///< null: no entry point is UDP's. Set before start()

 private:
  struct listener final : io::pollable {
    worker* self = nullptr;
    std::size_t entry = 0;
  };
  static constexpr std::size_t connection_memory = 3 * 1024;  ///< of a connection with its coroutine frames (measured)
  void accept_from(listener& l);
  void pause_accepting(io::time_ms how_long);
  void resume_accepting(bool operators_alone = false);
  bool end_one_who_waits(scarcity how);
  bool evict_one_if_scarce(pressure memory);
  void reject_overloaded(io::descriptor client, model::protocol protocol);
  bool admit(const listener& l, const io::socket_address& peer, pressure memory);
  void close_listeners(bool operators);

  const begin_connection begin_;
  std::vector<std::unique_ptr<listener>> listeners_;
  rejected_clients rejected_{loop, count.connections_lingering};
  io::lease<table_ref> table_;
  client_connection* connections_ = nullptr;  ///< intrusive list of all
  std::size_t connection_count_ = 0;
  struct resume_timer final : io::timer {
    explicit resume_timer(worker& w) noexcept;
    worker& owner;
  } resume_timer_;
  bool awaits_table_ = false;
  std::atomic<bool> is_routing_{false};
  bool draining_ = false;
  io::time_ms heads_until_ = io::never;
  date_text date_;
  /// Once a second, where the cgroup has a limit: what it counts and the process does not see is sockets' memory.
  struct memory_timer final : io::timer {
    explicit memory_timer(worker& w) noexcept;
    worker& owner;
  } memory_timer_;
  void look_at_memory();
  io::loop_thread thread_{loop};
};

}  // namespace waggle::proxy
