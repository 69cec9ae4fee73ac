// backend.buffering.*: bodies are read whole before they go on, within limits; requests may be repeated by expression
// (Traefik 1.7 section 7.8). What is done with it is in exchange/body_store.cpp.
#pragma once

#include "middleware/predicate.hpp"

#include <waggle/base/result.hpp>
#include <waggle/model/middleware/buffering.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace waggle::proxy::middleware {

/// Immutable, shared by all workers.
struct buffering {
  static constexpr unsigned most_retries = 10;

  std::uint64_t max_request = 0, max_response = 0;  ///< bytes; 0: no limit
  std::uint64_t mem_request = 0, mem_response = 0;  ///< kept in memory up to here
  std::optional<predicate> retry;

  /// Answers are held back only for a limit or on wish: else they stream, which nobody can tell but by their speed.
  bool holds_answers() const noexcept { return max_response > 0 || mem_response > 0; }
  /// Does the expression want the request sent again? @param attempts  made so far, from 1.
  bool wants_retry(unsigned attempts, unsigned status, bool network_error, std::string_view method) const;
};

/// @return why it cannot be made, in Traefik's words.
base::text_result<std::unique_ptr<const buffering>> make_buffering(const model::buffering& wish);

}  // namespace waggle::proxy::middleware
