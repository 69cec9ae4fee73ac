// The head of an answer of the admin server.
#pragma once

#include "admin/message.hpp"

#include <string>
#include <string_view>

namespace waggle::app::admin {

/// Status line, fields and the empty line. A body in pieces comes in chunks; it is the last answer on its connection.
std::string answer_head(const response& r);

inline constexpr std::string_view events_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";

}  // namespace waggle::app::admin
