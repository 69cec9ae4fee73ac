// HMAC-SHA-256 under a random key that this process made at its start and tells nobody.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

/// Throws std::runtime_error if the system has no randomness (first call only). Thread: any.
std::array<std::uint8_t, 32> keyed_digest(std::string_view text);

/// Overwrites what held a secret.
void secure_clear(std::string& text) noexcept;

}  // namespace waggle::proxy::middleware
