// Labels of a service as a whole, of its servers and of what it is called.
#include "labels/traefik1/rows.hpp"

namespace waggle::discovery::traefik1 {

namespace {

void put_port(target& to, const label_use& use, label_notes&) { to.server.port = use.value; }

constexpr row all_service_rows[] = {
    {"traefik.enable", "bool", "--docker.exposedbydefault", group::enable, label_place::service, "false: the service is not routed.",
     put<&service_labels::enabled>},
    {"traefik.docker.network", "string", "--docker.network", group::plain, label_place::service, "Name of the network on which tasks are reached.",
     put_raw<&service_labels::network>},
    {"traefik.domain", "string", "--docker.domain", group::plain, label_place::segment, "Domain of the default rule Host:<service>.<domain>.",
     put_raw<&raw_names::domain>},
    {"traefik.tags", "list", "", group::tags, label_place::service, "Tags for --docker.constraints.", put_list_raw<&service_labels::tags>},
    {"traefik.port", "int", "the only published one", group::server, label_place::segment, "Port on which the tasks listen.", &put_port},
    {"traefik.protocol", "string", "http", group::server, label_place::segment, "Scheme of the servers: http, https, h2c.",
     put<&server_labels::protocol>},
    {"traefik.weight", "int", "1", group::weight, label_place::segment, "Weight of each server of the service.", put<&server_labels::weight>},
    {"traefik.backend", "string", "service name", group::server, label_place::segment, "Name of the backend; services with one name share it.",
     put_raw<&raw_names::backend>},
    {"traefik.backend.loadbalancer.swarm", "bool", "false", group::swarm, label_place::service, "Leave balancing to Swarm's virtual address.",
     put<&service_labels::swarm_balancing>},
};

}  // namespace

std::span<const row> service_rows() noexcept { return all_service_rows; }

}  // namespace waggle::discovery::traefik1
