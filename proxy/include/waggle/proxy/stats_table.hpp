// The one table of the proxy's totals: what each is called and explained as in /metrics, in that order, and where it is.
// Totals are added up and /metrics is written by loops over it. A further counter is a member of worker_counts and a row here.
#pragma once

#include <waggle/proxy/stats.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy {

enum class stats_kind : std::uint8_t { counter, gauge };

struct stats_label {
  std::string_view name{}, value{};
};

/// @tparam T  as worker_counts' T.
template <class T>
struct stats_row {
  std::string_view family{};  ///< empty: with a label, one more of the family above; without, not in /metrics
  stats_kind kind = stats_kind::counter;
  std::string_view help{};
  stats_label label{};
  T worker_counts<T>::*counted = nullptr;  ///< by each worker, else
  std::uint64_t stats::*other = nullptr;   ///< found out when it is asked for

  constexpr stats_row(std::string_view family_, stats_kind kind_, std::string_view help_, T worker_counts<T>::*member)
      : family(family_), kind(kind_), help(help_), counted(member) {}
  constexpr stats_row(std::string_view family_, stats_kind kind_, std::string_view help_, stats_label label_, T worker_counts<T>::*member)
      : family(family_), kind(kind_), help(help_), label(label_), counted(member) {}
  constexpr stats_row(stats_label label_, T worker_counts<T>::*member) : label(label_), counted(member) {}
  constexpr explicit stats_row(T worker_counts<T>::*member) : counted(member) {}
  constexpr stats_row(std::string_view family_, stats_kind kind_, std::string_view help_, std::uint64_t stats::*member)
      : family(family_), kind(kind_), help(help_), other(member) {}
  constexpr stats_row(std::string_view family_, stats_kind kind_, std::string_view help_, stats_label label_, std::uint64_t stats::*member)
      : family(family_), kind(kind_), help(help_), label(label_), other(member) {}
  constexpr stats_row(stats_label label_, std::uint64_t stats::*member) : label(label_), other(member) {}
};

namespace stats_rows {

using enum stats_kind;
template <class T>
using c = worker_counts<T>;

// clang-format off: a row a figure
template <class T>
inline constexpr auto all = std::to_array<stats_row<T>>({
    {"waggle_table_generation", gauge, "Number of the routing table that every worker serves.", &stats::generation},
    {"waggle_connections_open", gauge, "Connections of clients.", &c<T>::connections_open},
    {"waggle_connections_lingering", gauge, "Connections that have their answer and are read on until the client has seen it.",
     &c<T>::connections_lingering},
    {"waggle_connections_accepted_total", counter, "Connections of clients that were accepted.", &c<T>::connections_accepted},
    {"waggle_requests_total", counter, "Requests whose head was understood.", &c<T>::requests},
    {"waggle_requests_active", gauge, "Requests in progress.", &c<T>::active},
    {"waggle_refused_heads_total", counter, "Requests whose head was refused.", &c<T>::refused_heads},
    {"waggle_received_bytes_total", counter, "Bytes from clients.", &c<T>::bytes_in},
    {"waggle_sent_bytes_total", counter, "Bytes to clients.", &c<T>::bytes_out},
    {"waggle_retries_total", counter, "Requests that were sent again.", &c<T>::retries},
    {"waggle_exceptions_total", counter, "Sessions that ended by an exception: each is a bug or memory running out.", &c<T>::exceptions},
    {"waggle_retries_refused_total", counter, "Requests that were not sent again because the retry budget of their backend was spent.",
     &c<T>::retries_refused},
    {"waggle_hedged_connects_total", counter, "Second connections that were begun because the first one took long.", &c<T>::hedges},
    {"waggle_hedged_connects_won_total", counter, "… and that were there first.", &c<T>::hedges_won},
    {"waggle_ejections_total", counter, "Servers that were left alone for a while after failed connections.", &c<T>::ejections},
    {"waggle_holds_total",
     counter,
     "Requests that had to wait for a server (waggle.backend.hold): served, expired, refused (too many waited).",
     {"outcome", "served"},
     &c<T>::holds_served},
    {{"outcome", "expired"}, &c<T>::holds_expired},
    {{"outcome", "refused"}, &c<T>::holds_refused},
    {"waggle_sticky_moves_total",
     counter,
     "Sticky sessions that moved, and why: followed (to the next task of the slot), left (the task left, and no task has its slot), unknown "
     "(the cookie names no known server), failed (the task is there and could not be reached).",
     {"reason", "followed"},
     &c<T>::sticky_followed},
    {{"reason", "left"}, &c<T>::sticky_left},
    {{"reason", "unknown"}, &c<T>::sticky_unknown},
    {{"reason", "failed"}, &c<T>::sticky_failed},
    {"waggle_sticky_sessions_total",
     counter,
     "Requests to backends with stickiness: kept (cookie honoured), moved (its server is gone), new.",
     {"outcome", "kept"},
     &c<T>::sticky_hits},
    {{"outcome", "moved"}, &stats::sticky_moves},
    {{"outcome", "new"}, &c<T>::sticky_new},
    {"waggle_connections_limit", gauge, "Connections of clients that are served at once.", &stats::connections_most},
    {"waggle_clients_waiting",
     gauge,
     "Clients that are waited for: idle (between requests), dawdling (the rest of a head), stalled (the rest of a body, or to read an answer).",
     {"for", "idle"},
     &stats::waiting_idle},
    {{"for", "dawdling"}, &stats::waiting_dawdling},
    {{"for", "stalled"}, &stats::waiting_stalled},
    {{"for", "quiet"}, &stats::waiting_quiet},
    {"waggle_gave_way_total",
     counter,
     "Connections of clients that were ended to make room for others, by what they waited for.",
     {"for", "idle"},
     &c<T>::gave_way_idle},
    {{"for", "dawdling"}, &c<T>::gave_way_dawdling},
    {{"for", "stalled"}, &c<T>::gave_way_stalled},
    {{"for", "quiet"}, &c<T>::gave_way_quiet},
    {"waggle_turned_away_total", counter, "Connections of clients that got 503 at once because no other connection could make room.",
     &c<T>::turned_away},
    {"waggle_over_share_total", counter, "Requests that got 503 because their service had its share of the connections.", &c<T>::over_share},
    {"waggle_descriptors", gauge, "Descriptors of connections on both sides, of pipes and of bodies kept in files.", &stats::descriptors},
    {"waggle_descriptors_limit", gauge, "… and how many there may be.", &stats::descriptors_most},
    {"waggle_connection_memory_bytes", gauge, "Memory that connections hold.", &stats::memory_held},
    {"waggle_connection_memory_limit_bytes", gauge, "… and may hold; 0: no limit.", &stats::memory_most},
    {"waggle_cgroup_memory_bytes", gauge,
     "Memory of the cgroup that cannot be taken back, sockets' included; 0: it has no limit, or it is not known.", &stats::memory_of_group},
    {"waggle_buffered_disk_bytes", gauge, "Bodies kept in files by buffering.", &stats::spool_bytes},
    {"waggle_buffered_disk_limit_bytes", gauge, "… and how much there may be; one service may have half.", &stats::spool_most},
    {"waggle_buffered_files", gauge, "Files of them.", &stats::spool_files},
    {"waggle_buffered_refused_total", counter, "Times that there was no room for more of them.", &stats::spool_refused},
    {"waggle_tcp_refused_total",
     counter,
     "TCP connections that were cut off before they had a server, by why.",
     {"reason", "white-list"},
     &c<T>::tcp_refused_white_list},
    {{"reason", "limit"}, &c<T>::tcp_refused_limit},
    {{"reason", "header"}, &c<T>::tcp_refused_header},
    {{"reason", "route"}, &c<T>::tcp_refused_route},
    {{"reason", "no-server"}, &c<T>::tcp_refused_no_server},
    {{"reason", "share"}, &c<T>::tcp_refused_share},
    {"waggle_tcp_checks_total", counter, "TCP connections that ended before their client had said a word.", &c<T>::tcp_checks},
    {"waggle_tcp_no_port_total", counter, "TCP connects that failed since this machine had no port left for them.", &c<T>::tcp_no_port},
    {"waggle_udp_sessions", gauge, "UDP sessions.", &c<T>::udp_sessions},
    {"waggle_udp_dropped_total",
     counter,
     "Datagrams that went nowhere, by why: cut (longer than a datagram may be), loop (sent by waggle itself), room (for one more session), send (the "
     "kernel would not).",
     {"reason", "white-list"},
     &c<T>::udp_dropped_white_list},
    {{"reason", "route"}, &c<T>::udp_dropped_route},
    {{"reason", "no-server"}, &c<T>::udp_dropped_no_server},
    {{"reason", "room"}, &c<T>::udp_dropped_room},
    {{"reason", "cut"}, &c<T>::udp_dropped_cut},
    {{"reason", "loop"}, &c<T>::udp_dropped_loop},
    {{"reason", "send"}, &c<T>::udp_dropped_send},
    {"waggle_udp_evicted_total", counter, "UDP sessions that were ended to make room.", &c<T>::udp_evicted},
    {"waggle_udp_refused_total", counter, "Refusals (ICMP) by UDP servers.", &c<T>::udp_refused},
    {"waggle_udp_no_port_total", counter, "Sockets to UDP servers that this machine had no port left for.", &c<T>::udp_no_port},
    // Not in /metrics: told by /health, or looked at by tests.
    stats_row<T>(&c<T>::response_time_us),
    stats_row<T>(&c<T>::aborted),
    stats_row<T>(&c<T>::holds),
});
// clang-format on

consteval std::size_t counted() {
  std::size_t n = 0;
  for (const auto& row : all<std::uint64_t>) n += row.counted != nullptr;
  return n;
}
static_assert(sizeof(worker_counts<std::uint64_t>) == counted() * sizeof(std::uint64_t), "a member of worker_counts has no row, or two");

}  // namespace stats_rows

/// The same rows for both: where a worker counts, and where the sum is.
template <class T>
inline constexpr const auto& stats_table = stats_rows::all<T>;

}  // namespace waggle::proxy
