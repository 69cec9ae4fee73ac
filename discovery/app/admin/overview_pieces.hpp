// The pieces of what the dashboard shows, each as JSON text that is harmless in a page.
#pragma once

#include "admin/story.hpp"

#include <string>
#include <string_view>

namespace waggle::app::admin {

/// A service: what does not change with every request.
std::string piece_of(const picture& p, const story& s);
std::string piece_of(const other_backend& o);
/// A TCP or UDP service that no service of the swarm asked for.
std::string piece_of(const proxy::layer4_service_figures& s);
/// The names of its figures: "tcp docker/pg", "tcp docker/pg 10.0.0.5:5432".
std::string key_of(const proxy::layer4_service_figures& s);
std::string key_of(const proxy::layer4_service_figures& s, const proxy::layer4_server_figures& server);
/// Sums of it: [connections, clients that were cut off, bytes in, bytes out, open].
std::string figures_of_stream(const proxy::layer4_service_figures& s);
/// Of its server: [connections, failed connects, bytes in, bytes out, active, inactive, held, leaving].
std::string figures_of_end(const proxy::layer4_server_figures& s);
/// Sums of a backend: [requests, errors, seconds, retries, open streams].
std::string piece_of(const proxy::traffic_figures& t);
/// Of a server: [requests, errors, seconds, active, idle, up, held].
std::string piece_of(const proxy::server_figures& s);
std::string piece_of(const numbered_change& n);
/// Version, age, counts.
std::string head_piece(const picture& p);
std::string quoted(std::string_view text);

}  // namespace waggle::app::admin
