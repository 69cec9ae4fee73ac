// A server's URL as the file gives it. Host names are not looked up on the data path, so only addresses will do. Pure.
#pragma once

#include <waggle/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace waggle::discovery::file {

struct server_url {
  std::string scheme;      ///< http, https or h2c, in small letters
  std::string host;        ///< IP address, no brackets
  std::uint16_t port = 0;  ///< the scheme's own if the URL names none
  bool has_path = false;   ///< more than "/": Traefik 1 ignores it
  bool operator==(const server_url&) const = default;
};

/// scheme://address[:port][/path]; `localhost` is 127.0.0.1. @return what is wrong and what to write instead.
base::text_result<server_url> parse_server_url(std::string_view text);

}  // namespace waggle::discovery::file
