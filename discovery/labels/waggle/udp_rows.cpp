// waggle.udp.*: a Swarm service as a virtual service of UDP.
#include "labels/waggle/layer4_put.hpp"

#include <span>

namespace waggle::discovery::waggle_labels {

namespace of_udp {

using row = label_row<udp_target>;
using group = udp_target::group;
using model::udp_router;
using model::udp_service;

template <auto Read, auto... Path>
constexpr auto put = &put_read<udp_target, Read, Path...>;
template <const time_range& Range, auto... Path>
constexpr auto put_between = &put_time<udp_target, Range, Path...>;
template <const whole_range& Range, auto... Path>
constexpr auto put_number = &put_whole<udp_target, Range, Path...>;

constexpr row all_rows[] = {
    {"waggle.udp.port", "int", "", group::all, label_place::segment, "Port on which the tasks listen; makes the service one of UDP.",
     put<&read_port, &layer4_asked::port>},
    {"waggle.udp.entryPoint", "list", "the only /udp entry point", group::all, label_place::segment,
     "Where clients send to; with several /udp entry points one must be named.", put<&read_names, &udp_router::entry_points>},
    {"waggle.udp.service", "string", "service name", group::all, label_place::segment,
     "Name of the virtual service; Swarm services with one name share it, each with its own port and weight, and the options of the first.",
     put<&read_name, &layer4_asked::service>},
    {"waggle.udp.scheduler", "string", "wrr; mh with persistence", group::all, label_place::segment,
     "How sessions are shared out: rr, wrr, lc, wlc, sed, nq, sh, mh, fo, twos or dh.", &put_scheduler<udp_target>},
    {"waggle.udp.schedulerFlags", "list", "", group::all, label_place::segment,
     "For sh and mh: port (the client's port counts as well), fallback (the next server where the chosen one cannot be used).",
     &put_scheduler_flags<udp_target>},
    {"waggle.udp.persistence", "duration", "off; true: 300s", group::all, label_place::segment,
     "How long a client's address stays with its task after its last session; 1s to 744h.", &put_persistence<udp_target>},
    {"waggle.udp.persistence.netmask", "string", "255.255.255.255", group::all, label_place::segment,
     "Clients of one IPv4 network count as one: a mask or a prefix length.", &put_netmask<udp_target, 32, &model::persistence::netmask_v4>},
    {"waggle.udp.persistence.netmask.v6", "int", "128", group::all, label_place::segment,
     "Clients of one IPv6 network count as one: a prefix length.", &put_netmask<udp_target, 128, &model::persistence::netmask_v6>},
    {"waggle.udp.persistence.group", "string", "", group::all, label_place::segment, "Services with one group share what they remember of clients.",
     put<&read_name, &udp_service::persistence, &model::persistence::group>},
    {"waggle.udp.weight", "int", "traefik.weight, else 1", group::all, label_place::segment, "Weight of each task, 0 to 65535; 0: no new sessions.",
     put_number<layer4_ranges::weight, &layer4_asked::weight>},
    {"waggle.udp.whiteList", "list", "", group::all, label_place::segment, "Addresses and blocks that may send; what others send is dropped.",
     put<&read_addresses, &udp_router::white_list>},
    {"waggle.udp.onePacket", "bool", "false", group::all, label_place::segment, "Each datagram is shared out anew: for syslog, statsd and the like.",
     put<&read_flag, &udp_service::one_packet>},
    {"waggle.udp.timeout.idle", "duration", "60s", group::all, label_place::segment,
     "A session without a datagram either way ends after this; 100ms to 24h.", put_between<layer4_ranges::session, &udp_service::session_idle>},
    {"waggle.udp.timeout.reply", "int", "0", group::all, label_place::segment,
     "A session ends once each datagram has had so many replies (DNS: 1); 0: when it is idle.",
     put_number<layer4_ranges::replies, &udp_service::replies>},
    {"waggle.udp.maxSessions", "int", "10000", group::all, label_place::segment, "Most sessions of the service in each worker, 1 to 1000000.",
     put_number<layer4_ranges::sessions, &udp_service::max_sessions>},
    {"waggle.udp.offload", "string", "none", group::all, label_place::segment, "Not served: who moves the bytes. waggle does.",
     &put_offload<udp_target>},
};

}  // namespace of_udp

std::span<const label_row<udp_target>> udp_rows() noexcept { return of_udp::all_rows; }

}  // namespace waggle::discovery::waggle_labels
