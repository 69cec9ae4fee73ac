// Does a password fit a stored hash? The kinds that htpasswd writes; plain text never fits (Traefik 1.7 section 8.4).
#pragma once

#include <waggle/model/bcrypt.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::proxy::middleware {

enum class hash_kind : std::uint8_t {
  sha1,     ///< "{SHA}" + base64: one digest, no salt
  md5,      ///< "$apr1$" or "$1$": 1000 rounds, about half a millisecond
  bcrypt,   ///< "$2a$", "$2b$", "$2y$": tens of milliseconds and more, as the hash says
  unknown,  ///< nothing fits it
  costly    ///< bcrypt above most_bcrypt_cost: it is never computed, so nothing fits it either
};

using model::bcrypt_cost;
using model::most_bcrypt_cost;

hash_kind kind_of(std::string_view stored) noexcept;

/// Longest password that is looked at; crypt(3) takes no more, and hashing must have a bound.
inline constexpr std::size_t longest_password = 511;

/// Compares in constant time. Cost: see hash_kind; not for a worker's thread unless it is sha1. Thread: any.
bool fits(std::string_view stored, std::string_view password);

/// The MD5 based crypt of FreeBSD and Apache. @param magic "$1$" or "$apr1$". @return magic + salt + '$' + 22 characters.
std::string md5_crypt(std::string_view magic, std::string_view salt, std::string_view password);

/// Equal bytes; how long it takes depends on the length only.
bool equal_bytes(std::string_view a, std::string_view b) noexcept;

}  // namespace waggle::proxy::middleware
