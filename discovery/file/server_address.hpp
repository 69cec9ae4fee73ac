// A server's address below HTTP as the file gives it: "10.0.0.5:5432", "[2001:db8::5]:53". Pure.
#pragma once

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::discovery::file {

struct server_address {
  std::string host;  ///< IP address, no brackets
  std::uint16_t port = 0;
  bool operator==(const server_address&) const = default;
};

/// `localhost` is 127.0.0.1; other names are not looked up. @return what is wrong and what to write instead.
base::text_result<server_address> parse_server_address(std::string_view text);

}  // namespace waggle::discovery::file
