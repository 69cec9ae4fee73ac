// Words that both forms of a report share.
#pragma once

#include <waggle/model/verdict.hpp>

#include <string_view>

namespace waggle::discovery::check {

constexpr std::string_view word(model::severity level) noexcept {
  return level == model::severity::error ? "error" : level == model::severity::warning ? "warning" : "note";
}

constexpr std::string_view word(model::routing_state state) noexcept {
  return state == model::routing_state::not_routed ? "not routed"
         : state == model::routing_state::routed   ? "routed"
                                                   : "routed with warnings";
}

}  // namespace waggle::discovery::check
