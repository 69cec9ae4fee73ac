// The head of an answer of the admin server.
#pragma once

#include "admin/message.hpp"

#include <string>
#include <string_view>

namespace waggle::app::admin {

/// How a client sees where the body ends: by its length, by its last chunk, by the end of the connection (HTTP/1.0).
enum class framing { length, chunked, end };

/// Status line, fields and the empty line.
std::string answer_head(const response& r, framing how, bool keep_alive);

inline constexpr std::string_view events_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";

}  // namespace waggle::app::admin
