// traefik.tcp.* and traefik.udp.* as Traefik 3 has them.
#include "labels/go_value.hpp"
#include "labels/put.hpp"
#include "labels/traefik3/target.hpp"
#include "labels/waggle/layer4_read.hpp"

#include <limits>
#include <span>
#include <string>
#include <utility>

namespace waggle::discovery::traefik3 {

namespace of_layer4 {

using group = label_group;
using model::tcp_health_check;
using namespace waggle_labels;
using namespace std::chrono_literals;

constexpr time_range check_interval{1ms, 24h, false, "1ms to 24h"}, check_timeout{1ms, 1h, false, "1ms to 1h"};
constexpr whole_range weights{0, 65'535};

template <class Asked, auto Read, auto... Path>
void put_by(Asked& to, const label_use& use, label_notes& notes) {
  Read(notes, use, reach<Path...>(to));
}
template <auto Read, auto... Path>
constexpr auto in_router = &put_by<router_asked, Read, Path...>;
template <auto Read, auto... Path>
constexpr auto in_service = &put_by<service_asked, Read, Path...>;

void read_text(label_notes&, const label_use& use, std::string& slot) { slot = trimmed(use.value); }

/// Traefik keeps empty entries and stumbles over them; here they are left out.
void read_references(label_notes& notes, const label_use& use, std::vector<std::string>& slot) {
  for (std::string& item : split_list(use.value)) slot.push_back(std::move(item));
  const std::string_view value = trimmed(use.value);
  if (!value.empty() && (value.front() == ',' || value.back() == ',' || value.find(",,") != std::string_view::npos))
    notes.diagnostics.push_back(about_label(model::severity::note, "empty-entry", use, "has an empty entry, which is left out", "remove the comma"));
}

/// A block that may stand alone: any word but true, also false, switches it off with all that is in it.
void read_block(label_notes&, const label_use& use, bool& slot) {
  const auto word = trimmed(use.value);
  slot = word.empty() || word == "true" || word == "True" || word == "TRUE";
}

void read_priority(label_notes& notes, const label_use& use, int& slot) {
  const auto value = parse_go_int(trimmed(use.value), "ParseInt");
  if (!value || *value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max())
    return refuse(notes, use, "is no whole number", "write a whole number");
  slot = static_cast<int>(*value);
}

void put_tls_option(router_asked& to, const label_use&, label_notes&) { to.tls_options = true; }
void put_passthrough(router_asked& to, const label_use& use, label_notes& notes) {
  to.tls_options = true;
  read_flag(notes, use, to.passthrough);
}
void put_weight(service_asked& to, const label_use& use, label_notes& notes) {
  std::uint32_t value = 1;
  read_whole(notes, use, weights, value);
  to.weight = static_cast<std::uint16_t>(value);
}
void put_version(service_asked& to, const label_use& use, label_notes& notes) {
  read_proxy_protocol(notes, use, to.proxy_version);
  if (to.proxy_version == 0 && notes.diagnostics.empty()) refuse(notes, use, "is no version of the PROXY protocol", "write 1 or 2");
}
void put_check_bytes(service_asked& to, const label_use& use, label_notes& notes) { read_bytes(notes, use, made(to.health_check).send); }
void put_expected(service_asked& to, const label_use& use, label_notes& notes) { read_bytes(notes, use, made(to.health_check).expect); }
void put_interval(service_asked& to, const label_use& use, label_notes& notes) {
  read_time(notes, use, check_interval, made(to.health_check).interval);
}
void put_check_timeout(service_asked& to, const label_use& use, label_notes& notes) {
  read_time(notes, use, check_timeout, made(to.health_check).timeout);
}
void put_check_port(service_asked& to, const label_use& use, label_notes& notes) { read_port(notes, use, made(to.health_check).port); }
void put_unhealthy_interval(service_asked& to, const label_use& use, label_notes& notes) {
  made(to.health_check);
  notes.diagnostics.push_back(
      about_label(model::severity::note, "ignored", use, "is not used: a server that failed is probed as often as any other", "remove it"));
}
void put_termination_delay(service_asked&, const label_use& use, label_notes& notes) {
  notes.diagnostics.push_back(
      about_label(model::severity::note, "ignored", use,
                  "is not needed: what one side ends is passed on, and the other side goes on as long as it has to say something",
                  "remove it, or write waggle.tcp.timeout.halfClosed for a limit"));
}
template <class Asked>
void put_unserved(Asked&, const label_use& use, label_notes& notes) {
  notes.diagnostics.push_back(about_label(model::severity::error, "not-served", use, "is not served", "remove it"));
}
void put_server_tls(service_asked&, const label_use& use, label_notes& notes) {
  bool on = false;
  read_flag(notes, use, on);
  if (on)
    notes.diagnostics.push_back(about_label(model::severity::error, "not-served", use, "TLS towards the tasks is not served",
                                            "pass the clients' TLS through: traefik.tcp.routers.<name>.tls.passthrough=true"));
}
void put_range(middleware_asked& to, const label_use& use, label_notes& notes) { read_addresses(notes, use, to.source_range); }
void put_in_flight(middleware_asked& to, const label_use& use, label_notes& notes) {
  to.limits = true;
  notes.diagnostics.push_back(about_label(model::severity::error, "not-served", use, "a limit for each client address is not served",
                                          "remove it from the router, or limit the tasks: waggle.tcp.maxConn"));
}

constexpr label_row<router_asked> all_tcp_routers[] = {
    {"traefik.tcp.routers.<name>.rule", "string", "", group::all, label_place::service,
     "HostSNI, HostSNIRegexp, ClientIP, ALPN with && and ||; HostSNI(`*`) takes all connections.", in_router<&read_text, &router_asked::rule>},
    {"traefik.tcp.routers.<name>.entryPoints", "list", "all /tcp entry points", group::all, label_place::service, "Where clients connect.",
     in_router<&read_references, &router_asked::entry_points>},
    {"traefik.tcp.routers.<name>.service", "string", "the only service", group::all, label_place::service, "Name of a traefik.tcp.services.",
     in_router<&read_text, &router_asked::service>},
    {"traefik.tcp.routers.<name>.priority", "int", "0", group::all, label_place::service, "Routers with a higher one are asked first.",
     in_router<&read_priority, &router_asked::priority>},
    {"traefik.tcp.routers.<name>.middlewares", "list", "", group::all, label_place::service, "Names of traefik.tcp.middlewares.",
     in_router<&read_references, &router_asked::middlewares>},
    {"traefik.tcp.routers.<name>.ruleSyntax", "string", "", group::all, label_place::service, "Not needed: both syntaxes are read.",
     +[](router_asked&, const label_use&, label_notes&) {}},
    {"traefik.tcp.routers.<name>.tls", "bool", "false", group::all, label_place::service, "TLS; served with passthrough only.",
     in_router<&read_block, &router_asked::tls>},
    {"traefik.tcp.routers.<name>.tls.passthrough", "bool", "false", group::all, label_place::service,
     "The tasks end TLS; waggle reads the name only.", &put_passthrough},
    {"traefik.tcp.routers.<name>.tls.options", "string", "", group::all, label_place::service, "Not served yet: it ends TLS here.", &put_tls_option},
    {"traefik.tcp.routers.<name>.tls.certResolver", "string", "", group::all, label_place::service, "Not served yet: it ends TLS here.",
     &put_tls_option},
};

constexpr label_row<service_asked> all_tcp_services[] = {
    {"traefik.tcp.services.<name>.loadBalancer.server.port", "int", "waggle.tcp.port", group::all, label_place::service,
     "Port on which the tasks listen.", in_service<&read_port, &service_asked::port>},
    {"traefik.tcp.services.<name>.loadBalancer.server.weight", "int", "waggle.tcp.weight", group::all, label_place::service,
     "Weight of each task of this Swarm service; several may share the name.", &put_weight},
    {"traefik.tcp.services.<name>.loadBalancer.server.tls", "bool", "false", group::all, label_place::service, "Not served: TLS towards the tasks.",
     &put_server_tls},
    {"traefik.tcp.services.<name>.loadBalancer.serversTransport", "string", "", group::all, label_place::service, "Not served.",
     &put_unserved<service_asked>},
    {"traefik.tcp.services.<name>.loadBalancer.proxyProtocol", "bool", "false", group::all, label_place::service,
     "The tasks are sent the PROXY header, version 2.", in_service<&read_block, &service_asked::proxy>},
    {"traefik.tcp.services.<name>.loadBalancer.proxyProtocol.version", "int", "2", group::all, label_place::service, "1 or 2.", &put_version},
    {"traefik.tcp.services.<name>.loadBalancer.terminationDelay", "int", "", group::all, label_place::service,
     "Ignored: ends of connections are passed on exactly.", &put_termination_delay},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck", "bool", "false", group::all, label_place::service, "Tasks are probed by connecting.",
     in_service<&read_block, &service_asked::checked>},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.port", "int", "the server's", group::all, label_place::service, "Port of the probe.",
     &put_check_port},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.send", "string", "", group::all, label_place::service, "What the probe sends.",
     &put_check_bytes},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.expect", "string", "", group::all, label_place::service,
     "What the answer must begin with.", &put_expected},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.interval", "duration", "30s", group::all, label_place::service, "Time between probes.",
     &put_interval},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.unhealthyInterval", "duration", "", group::all, label_place::service,
     "Ignored: interval is used.", &put_unhealthy_interval},
    {"traefik.tcp.services.<name>.loadBalancer.healthCheck.timeout", "duration", "5s", group::all, label_place::service, "How long a probe may take.",
     &put_check_timeout},
};

constexpr label_row<middleware_asked> all_tcp_middlewares[] = {
    {"traefik.tcp.middlewares.<name>.ipAllowList.sourceRange", "list", "", group::all, label_place::service,
     "Addresses and blocks that may connect; others are closed at once.", &put_range},
    {"traefik.tcp.middlewares.<name>.ipWhiteList.sourceRange", "list", "", group::all, label_place::service, "The same, as Traefik 2 calls it.",
     &put_range},
    {"traefik.tcp.middlewares.<name>.inFlightConn.amount", "int", "", group::all, label_place::service, "Not served: connections of one client.",
     &put_in_flight},
};

constexpr label_row<router_asked> all_udp_routers[] = {
    {"traefik.udp.routers.<name>.entryPoints", "list", "all /udp entry points", group::all, label_place::service, "Where clients send to.",
     in_router<&read_references, &router_asked::entry_points>},
    {"traefik.udp.routers.<name>.service", "string", "the only service", group::all, label_place::service, "Name of a traefik.udp.services.",
     in_router<&read_text, &router_asked::service>},
};

constexpr label_row<service_asked> all_udp_services[] = {
    {"traefik.udp.services.<name>.loadBalancer.server.port", "int", "waggle.udp.port", group::all, label_place::service,
     "Port on which the tasks listen.", in_service<&read_port, &service_asked::port>},
    {"traefik.udp.services.<name>.loadBalancer.server.weight", "int", "waggle.udp.weight", group::all, label_place::service,
     "Weight of each task of this Swarm service; several may share the name.", &put_weight},
};

}  // namespace of_layer4

std::span<const label_row<router_asked>> tcp_router_rows() noexcept { return of_layer4::all_tcp_routers; }
std::span<const label_row<service_asked>> tcp_service_rows() noexcept { return of_layer4::all_tcp_services; }
std::span<const label_row<middleware_asked>> tcp_middleware_rows() noexcept { return of_layer4::all_tcp_middlewares; }
std::span<const label_row<router_asked>> udp_router_rows() noexcept { return of_layer4::all_udp_routers; }
std::span<const label_row<service_asked>> udp_service_rows() noexcept { return of_layer4::all_udp_services; }

}  // namespace waggle::discovery::traefik3
