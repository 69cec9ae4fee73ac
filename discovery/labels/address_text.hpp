// Names and addresses as labels write them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace waggle::discovery {

/// "10.0.0.5", "2001:db8::5"
bool is_ip_address(std::string_view text);
/// An address, or one with a prefix length: "10.0.0.0/8"
bool is_ip_range(std::string_view text);
/// "255.255.255.0" → 24; none: no mask, or one with holes
std::optional<std::uint8_t> prefix_of_mask(std::string_view text);
/// A DNS name in small letters without its final dot, also "*.db.example"; none: no client sends such a name.
std::optional<std::string> server_name_pattern(std::string_view text);

}  // namespace waggle::discovery
