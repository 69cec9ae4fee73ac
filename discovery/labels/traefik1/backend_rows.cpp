// Labels of a backend: balancing, affinity, health checks, limits, buffering.
#include "labels/traefik1/rows.hpp"

namespace waggle::discovery::traefik1 {

namespace {

template <auto Member>
constexpr auto put_stickiness = put<&model::backend::balance, &model::balance_options::stickiness, Member>;
template <auto Member>
constexpr auto put_circuit_breaker = put<&model::backend::circuit_breaker, Member>;
template <auto Member>
constexpr auto put_max_conn = put<&model::backend::max_conn, Member>;
template <auto Member>
constexpr auto put_health_check = put<&model::backend::health_check, Member>;
template <auto Member>
constexpr auto put_buffering = put<&model::backend::buffering, Member>;

void put_sticky(target& to, const label_use& use, label_notes& notes) {
  if (!use.value.empty()) deprecated(notes, use, "traefik.backend.loadbalancer.stickiness");
  read_value(notes, use, reach<&model::backend::balance, &model::balance_options::sticky>(to));
}

void put_amount(target& to, const label_use& use, label_notes& notes) {
  auto& amount = reach<&model::backend::max_conn, &model::max_conn::amount>(to);
  amount = no_amount;
  read_value(notes, use, amount);
}

constexpr row all_backend_rows[] = {
    {"traefik.backend.loadbalancer", "string", "", group::balancer, label_place::service,
     "The bare word only asks for a load balancer with defaults.", &put_nothing},
    {"traefik.backend.loadbalancer.method", "string", "wrr", group::balancer, label_place::service, "wrr or drr.",
     put<&model::backend::balance, &model::balance_options::method>},
    {"traefik.backend.loadbalancer.stickiness", "bool", "false", group::balancer, label_place::service, "Sticky sessions by cookie.",
     put<&switches::stickiness>},
    {"traefik.backend.loadbalancer.stickiness.cookieName", "string", "derived from the backend name", group::stickiness, label_place::service,
     "Name of the cookie.", put_stickiness<&model::stickiness::cookie_name>},
    {"traefik.backend.loadbalancer.stickiness.secure", "bool", "false", group::stickiness, label_place::service, "Cookie attribute Secure.",
     put_stickiness<&model::stickiness::secure>},
    {"traefik.backend.loadbalancer.stickiness.httpOnly", "bool", "false", group::stickiness, label_place::service, "Cookie attribute HttpOnly.",
     put_stickiness<&model::stickiness::http_only>},
    {"traefik.backend.loadbalancer.stickiness.sameSite", "string", "", group::stickiness, label_place::service,
     "Cookie attribute SameSite: none, lax, strict.", put_stickiness<&model::stickiness::same_site>},
    {"traefik.backend.loadbalancer.sticky", "bool", "false", group::balancer, label_place::service, "Deprecated form of stickiness.", &put_sticky},
    {"traefik.backend.circuitbreaker.expression", "string", "", group::breaker, label_place::service, "When to stop using the backend.",
     put_circuit_breaker<&model::circuit_breaker::expression>},
    {"traefik.backend.maxconn.amount", "int", "", group::max_conn, label_place::service, "Largest number of simultaneous requests per extracted key.",
     &put_amount},
    {"traefik.backend.maxconn.extractorfunc", "string", "request.host", group::max_conn, label_place::service,
     "client.ip, request.host or request.header.NAME.", put_max_conn<&model::max_conn::extractor_func>},
    {"traefik.backend.healthcheck.path", "string", "", group::health, label_place::service, "Path of the probe; without it there are no checks.",
     put_health_check<&model::health_check::path>},
    {"traefik.backend.healthcheck.scheme", "string", "the server's", group::health, label_place::service, "Scheme of the probe.",
     put_health_check<&model::health_check::scheme>},
    {"traefik.backend.healthcheck.port", "int", "the server's", group::health, label_place::service, "Port of the probe.",
     put_health_check<&model::health_check::port>},
    {"traefik.backend.healthcheck.interval", "string", "--healthcheck.interval", group::health, label_place::service, "Time between probes.",
     put_duration<&model::backend::health_check, &model::health_check::interval>},
    {"traefik.backend.healthcheck.hostname", "string", "", group::health, label_place::service, "Host header of the probe.",
     put_health_check<&model::health_check::hostname>},
    {"traefik.backend.healthcheck.headers", "map", "", group::health, label_place::service, "Further headers of the probe.",
     put_health_check<&model::health_check::headers>},
    {"traefik.backend.buffering", "string", "", group::buffering, label_place::service, "The bare word only asks for buffering with defaults.",
     &put_nothing},
    {"traefik.backend.buffering.maxRequestBodyBytes", "int", "0", group::buffering, label_place::service, "Largest request body.",
     put_buffering<&model::buffering::max_request_body_bytes>},
    {"traefik.backend.buffering.memRequestBodyBytes", "int", "0", group::buffering, label_place::service, "Part of it kept in memory.",
     put_buffering<&model::buffering::mem_request_body_bytes>},
    {"traefik.backend.buffering.maxResponseBodyBytes", "int", "0", group::buffering, label_place::service, "Largest response body.",
     put_buffering<&model::buffering::max_response_body_bytes>},
    {"traefik.backend.buffering.memResponseBodyBytes", "int", "0", group::buffering, label_place::service, "Part of it kept in memory.",
     put_buffering<&model::buffering::mem_response_body_bytes>},
    {"traefik.backend.buffering.retryExpression", "string", "", group::buffering, label_place::service, "When to try again.",
     put_buffering<&model::buffering::retry_expression>},
    {"traefik.backend.responseForwarding.flushInterval", "duration", "100ms", group::forwarding, label_place::service,
     "How often partial responses are passed on.", put_duration<&model::backend::response_forwarding, &model::response_forwarding::flush_interval>},
};

}  // namespace

std::span<const row> backend_rows() noexcept { return all_backend_rows; }

}  // namespace waggle::discovery::traefik1
