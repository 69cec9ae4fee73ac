#include "file/server_url.hpp"

#include <waggle/base/log.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace waggle::discovery::file {
namespace {

using base::text_error;

constexpr std::string_view example = "write http://10.0.0.5:8000";

bool is_address(const std::string& text, int family) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return inet_pton(family, text.c_str(), ignored.data()) == 1;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace

base::text_result<server_url> parse_server_url(std::string_view text) {
  const auto wrong = [&](const std::string& why) { return text_error{base::go_quote(text) + " " + why}; };
  if (text.empty()) return wrong("is empty; " + std::string(example));
  // It becomes the value of the sticky cookie (RFC 6265 §4.1.1).
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c >= 127 || c == '"' || c == ';' || c == ',' || c == '\\'; }))
    return wrong("holds a character that no URL of a server may have; " + std::string(example));
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return wrong("has no scheme; write http://, https:// or h2c:// before it");
  server_url out;
  out.scheme = lowered(text.substr(0, colon));
  if (out.scheme != "http" && out.scheme != "https" && out.scheme != "h2c") return wrong("has an unknown scheme; write http://, https:// or h2c://");
  std::string_view rest = text.substr(colon + 3);
  const auto end = rest.find_first_of("/?#");
  if (end != std::string_view::npos) {
    if (rest.find_first_of("?#") != std::string_view::npos) return wrong("has a query or fragment; write the address and port only");
    out.has_path = rest.substr(end) != "/";
    rest = rest.substr(0, end);
  }
  if (rest.find('@') != std::string_view::npos) return wrong("holds a user; write the address and port only");

  std::string_view port;
  bool has_port = false;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong("has no ] after its IPv6 address");
    out.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    has_port = rest.starts_with(':');
    if (!has_port && !rest.empty()) return wrong("has something other than a port behind its address");
    if (has_port) port = rest.substr(1);
    if (!is_address(out.host, AF_INET6)) return wrong("has no valid IPv6 address between [ and ]");
  } else {
    const auto at = rest.find(':');
    has_port = at != std::string_view::npos;
    out.host = rest.substr(0, at);
    if (has_port) port = rest.substr(at + 1);
    if (port.find(':') != std::string_view::npos) return wrong("has an IPv6 address without brackets; write http://[2001:db8::5]:8000");
    if (out.host.empty()) return wrong("has no address; " + std::string(example));
    if (lowered(out.host) == "localhost") out.host = "127.0.0.1";
    if (!is_address(out.host, AF_INET)) return wrong("names the host " + base::go_quote(out.host) + "; names are not looked up, use an IP address");
  }
  out.port = out.scheme == "https" ? 443 : 80;
  if (!has_port) return out;
  const auto [last, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (ec != std::errc{} || last != port.data() + port.size() || out.port == 0)
    return wrong("has the port " + base::go_quote(port) + "; write a number from 1 to 65535");
  return out;
}

}  // namespace waggle::discovery::file
