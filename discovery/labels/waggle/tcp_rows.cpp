// waggle.tcp.*: a Swarm service as a virtual service of TCP.
#include "labels/waggle/layer4_put.hpp"

#include <span>

namespace waggle::discovery::waggle_labels {

namespace of_tcp {

using row = label_row<tcp_target>;
using group = tcp_target::group;
using model::tcp_health_check;
using model::tcp_match;
using model::tcp_router;
using model::tcp_service;
using model::tcp_timeouts;

template <auto Read, auto... Path>
constexpr auto put = &put_read<tcp_target, Read, Path...>;
template <const time_range& Range, auto... Path>
constexpr auto put_between = &put_time<tcp_target, Range, Path...>;
template <const whole_range& Range, auto... Path>
constexpr auto put_number = &put_whole<tcp_target, Range, Path...>;

inline void put_expected(tcp_target& to, const label_use& use, label_notes& notes) { read_expected(notes, use, made(to.service.health_check)); }

constexpr row all_rows[] = {
    {"waggle.tcp.port", "int", "", group::all, label_place::segment, "Port on which the tasks listen; makes the service one of TCP.",
     put<&read_port, &layer4_asked::port>},
    {"waggle.tcp.entryPoint", "list", "the only /tcp entry point", group::all, label_place::segment,
     "Where clients connect; with several /tcp entry points one must be named.", put<&read_names, &tcp_router::entry_points>},
    {"waggle.tcp.service", "string", "service name", group::all, label_place::segment,
     "Name of the virtual service; Swarm services with one name share it, each with its own port and weight, and the options of the first.",
     put<&read_name, &layer4_asked::service>},
    {"waggle.tcp.sni", "list", "", group::all, label_place::segment,
     "Names by which TLS clients ask (db.example, *.db.example); TLS is passed through, and several services share an entry point.",
     put<&read_server_names, &tcp_router::match, &tcp_match::sni>},
    {"waggle.tcp.alpn", "list", "", group::all, label_place::segment, "Protocols, one of which the TLS client must offer.",
     put<&read_protocols, &tcp_router::match, &tcp_match::alpn>},
    {"waggle.tcp.scheduler", "string", "wlc; mh with persistence", group::all, label_place::segment,
     "How connections are shared out: rr, wrr, lc, wlc, sed, nq, sh, mh, fo, ovf, twos or dh.", &put_scheduler<tcp_target>},
    {"waggle.tcp.schedulerFlags", "list", "", group::all, label_place::segment,
     "For sh and mh: port (the client's port counts as well), fallback (the next server where the chosen one cannot be used).",
     &put_scheduler_flags<tcp_target>},
    {"waggle.tcp.persistence", "duration", "off; true: 300s", group::all, label_place::segment,
     "How long a client's address stays with its task after its last connection; 1s to 744h.", &put_persistence<tcp_target>},
    {"waggle.tcp.persistence.netmask", "string", "255.255.255.255", group::all, label_place::segment,
     "Clients of one IPv4 network count as one: a mask or a prefix length.", &put_netmask<tcp_target, 32, &model::persistence::netmask_v4>},
    {"waggle.tcp.persistence.netmask.v6", "int", "128", group::all, label_place::segment,
     "Clients of one IPv6 network count as one: a prefix length.", &put_netmask<tcp_target, 128, &model::persistence::netmask_v6>},
    {"waggle.tcp.persistence.group", "string", "", group::all, label_place::segment, "Services with one group share what they remember of clients.",
     put<&read_name, &tcp_service::persistence, &model::persistence::group>},
    {"waggle.tcp.weight", "int", "traefik.weight, else 1", group::all, label_place::segment,
     "Weight of each task, 0 to 65535; 0: no new connections.", put_number<layer4_ranges::weight, &layer4_asked::weight>},
    {"waggle.tcp.maxConn", "int", "0", group::all, label_place::segment, "Most connections of a task; 0: no limit.",
     put_number<layer4_ranges::connections, &tcp_service::max_conn>},
    {"waggle.tcp.maxConn.resume", "int", "3/4 of maxConn", group::all, label_place::segment,
     "A task that was full gets connections again once it has fewer than this.", put_number<layer4_ranges::connections, &layer4_asked::resume>},
    {"waggle.tcp.proxyProtocol", "int", "off", group::all, label_place::segment,
     "Version of the PROXY header that tells the tasks the client's address: 1 or 2.", put<&read_proxy_protocol, &tcp_service::proxy_protocol>},
    {"waggle.tcp.whiteList", "list", "", group::all, label_place::segment, "Addresses and blocks that may connect; others are closed at once.",
     put<&read_addresses, &tcp_router::white_list>},
    {"waggle.tcp.timeout.connect", "duration", "1s", group::all, label_place::segment, "How long connecting to a task may take; 10ms to 60s.",
     put_between<layer4_ranges::connect, &tcp_service::timeouts, &tcp_timeouts::connect>},
    {"waggle.tcp.timeout.idle", "duration", "0", group::all, label_place::segment,
     "A connection without a byte either way is ended after this; 100ms to 8760h, or 0: never.",
     put_between<layer4_ranges::idle, &tcp_service::timeouts, &tcp_timeouts::idle>},
    {"waggle.tcp.timeout.halfClosed", "duration", "0", group::all, label_place::segment, "The same once one side has said that it sends no more.",
     put_between<layer4_ranges::idle, &tcp_service::timeouts, &tcp_timeouts::half_closed>},
    {"waggle.tcp.timeout.peek", "duration", "5s", group::all, label_place::segment,
     "How long the first bytes are waited for where the route depends on them; 10ms to 60s.",
     put_between<layer4_ranges::peek, &tcp_service::timeouts, &tcp_timeouts::peek>},
    {"waggle.tcp.drain", "duration", "0", group::all, label_place::segment,
     "Open connections of a task that leaves are ended within this, evenly spread; 0: they stay until the task ends; at most 24h.",
     put_between<layer4_ranges::drain, &tcp_service::drain>},
    {"waggle.tcp.hold", "duration", "0", group::all, label_place::segment, "How long a client waits for a task that can be used; at most 60s.",
     put_between<layer4_ranges::hold, &tcp_service::hold>},
    {"waggle.tcp.slowStart", "duration", "0", group::all, label_place::segment,
     "How long the share of a task that joins a running service grows until it is full; at most 15m.",
     put_between<layer4_ranges::slow_start, &tcp_service::slow_start>},
    {"waggle.tcp.healthCheck", "bool", "false", group::all, label_place::segment, "Tasks are probed by connecting to them.",
     put<&read_flag, &layer4_asked::checked>},
    {"waggle.tcp.healthCheck.port", "int", "waggle.tcp.port", group::all, label_place::segment, "Port of the probe.",
     put<&read_port, &tcp_service::health_check, &tcp_health_check::port>},
    {"waggle.tcp.healthCheck.send", "string", "", group::all, label_place::segment, "Bytes that the probe sends, with Go's escapes: PING\\r\\n.",
     put<&read_bytes, &tcp_service::health_check, &tcp_health_check::send>},
    {"waggle.tcp.healthCheck.expect", "string", "", group::all, label_place::segment,
     "What the answer must begin with, with Go's escapes; behind ~ a regular expression that it must hold.", &put_expected},
    {"waggle.tcp.healthCheck.interval", "duration", "10s", group::all, label_place::segment, "Time between probes; 100ms to 1h.",
     put_between<layer4_ranges::check_interval, &tcp_service::health_check, &tcp_health_check::interval>},
    {"waggle.tcp.healthCheck.timeout", "duration", "2s", group::all, label_place::segment, "How long a probe may take; 10ms to 60s.",
     put_between<layer4_ranges::check_timeout, &tcp_service::health_check, &tcp_health_check::timeout>},
    {"waggle.tcp.healthCheck.onDown", "string", "keep", group::all, label_place::segment,
     "What becomes of the open connections of a task whose probe fails: keep or reset.",
     put<&read_on_down, &tcp_service::health_check, &tcp_health_check::on_down>},
    {"waggle.tcp.offload", "string", "none", group::all, label_place::segment, "Not served: who moves the bytes. waggle does.",
     &put_offload<tcp_target>},
};

}  // namespace of_tcp

std::span<const label_row<tcp_target>> tcp_rows() noexcept { return of_tcp::all_rows; }

}  // namespace waggle::discovery::waggle_labels
