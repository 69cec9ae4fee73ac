// Who gives way at the API when its connections or its event streams are all taken: a client that has many of them, to one that has
// fewer. Clients that share an address, or the /64 of a site (RFC 6177), are one. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace waggle::app::admin {

struct seat {
  enum class use : std::uint8_t { busy, viewer };  ///< an answer, or an event stream
  std::string_view peer;                           ///< client_group of the client's address
  use what = use::busy;
};

/// @param address  as text, without port. Clients with the same group are taken for one.
std::string client_group(std::string_view address);
/// 127.0.0.0/8 or ::1: the container's health check, and whoever is in the container.
bool is_this_machine(std::string_view address) noexcept;

/// For one more connection from `peer`: the quietest answer of the client that has most connections, if that client would still have
/// as many as the newcomer's; without an answer its quietest viewer. None: the newcomer is refused. @param seats  quietest first.
std::optional<std::size_t> connection_to_end(std::span<const seat> seats, std::string_view peer);

/// For one more viewer from `peer`: the quietest of the client that has most, if that client would still have as many as the
/// newcomer's. None: whoever watches goes on, and the newcomer is refused.
std::optional<std::size_t> viewer_to_end(std::span<const seat> seats, std::string_view peer);

}  // namespace waggle::app::admin
