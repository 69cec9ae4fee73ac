#include "file/server_address.hpp"

#include "labels/address_text.hpp"

#include <waggle/base/log.hpp>

#include <charconv>

namespace waggle::discovery::file {

base::text_result<server_address> parse_server_address(std::string_view text) {
  const auto wrong = [&](const std::string& why) { return base::text_error{base::go_quote(text.substr(0, 200)) + " " + why}; };
  server_address out;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos || !text.substr(close + 1).starts_with(':'))
      return wrong("is no address with a port; write \"[2001:db8::5]:5432\"");
    out.host = text.substr(1, close - 1);
    port = text.substr(close + 2);
    if (out.host.find(':') == std::string::npos) return wrong("has no IPv6 address between [ and ]");
  } else {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong("has no port; write \"10.0.0.5:5432\"");
    out.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (out.host.find(':') != std::string::npos) return wrong("has an IPv6 address without brackets; write \"[2001:db8::5]:5432\"");
    if (out.host == "localhost") out.host = "127.0.0.1";
  }
  if (!is_ip_address(out.host))
    return wrong("names the host " + base::go_quote(out.host.substr(0, 100)) + "; names are not looked up, use an IP address");
  const auto [last, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc{} || last != port.data() + port.size() || out.port == 0) return wrong("has no port from 1 to 65535 behind its address");
  return out;
}

}  // namespace waggle::discovery::file
