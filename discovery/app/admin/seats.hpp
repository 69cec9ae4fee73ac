// Who gives way at the API when its connections or its event streams are all taken. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace waggle::app::admin {

struct seat {
  enum class use : std::uint8_t { idle, busy, viewer };  ///< idle: between requests, or with half of one
  std::string_view peer;                                 ///< the client's address
  use what = use::idle;
};

/// For one more connection: the quietest idle one of the client that has most of them; without any, one that is being answered;
/// a viewer last. @param seats  quietest first, at least one.
std::size_t connection_to_end(std::span<const seat> seats);

/// For one more viewer from `peer`: the quietest of the client that has most, if that client would still have as many as the
/// newcomer's. None: whoever watches goes on, and the newcomer is refused.
std::optional<std::size_t> viewer_to_end(std::span<const seat> seats, std::string_view peer);

}  // namespace waggle::app::admin
