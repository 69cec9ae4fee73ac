// The pieces of what the dashboard shows, each as JSON text that is harmless in a page.
#pragma once

#include "admin/story.hpp"

#include <string>
#include <string_view>

namespace waggle::app::admin {

/// A service: what does not change with every request.
std::string piece_of(const story& s);
std::string piece_of(const other_backend& o);
/// Sums of a backend: [requests, errors, seconds, retries, open streams].
std::string piece_of(const proxy::traffic_figures& t);
/// Of a server: [requests, errors, seconds, active, idle, up, held].
std::string piece_of(const proxy::server_figures& s);
std::string piece_of(const numbered_change& n);
/// Version, age, counts.
std::string head_piece(const picture& p);
std::string quoted(std::string_view text);

}  // namespace waggle::app::admin
