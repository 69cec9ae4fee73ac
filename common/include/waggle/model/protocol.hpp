// What an entry point speaks and a router is for.
#pragma once

#include <cstdint>

namespace waggle::model {

/// TCP and UDP are passed on as they come: words of HTTP have no sense there.
enum class protocol : std::uint8_t { http, tcp, udp };

}  // namespace waggle::model
