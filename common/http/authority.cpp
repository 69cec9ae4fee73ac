#include <waggle/http/authority.hpp>
#include <waggle/http/chars.hpp>
#include <waggle/http/field.hpp>

namespace waggle::http {

bool valid_host(std::string_view value) noexcept {
  std::string_view port;
  if (value.starts_with('[')) {
    const std::size_t end = value.find(']');
    if (end == std::string_view::npos || end < 3 || end > 46) return false;  // RFC 4291 §2.2: at most 45 characters
    for (const char c : value.substr(1, end - 1))
      if (!is(c, hex) && c != ':' && c != '.') return false;
    port = value.substr(end + 1);
    if (!port.empty() && port.front() != ':') return false;
  } else {
    const std::size_t colon = value.find(':');
    const std::string_view name = value.substr(0, colon);
    if (name.empty() || name.size() > 255) return false;
    for (const char c : name)
      if (!is(c, host_char)) return false;
    if (name == "." || name.find("..") != std::string_view::npos) return false;
    port = colon == std::string_view::npos ? std::string_view{} : value.substr(colon);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  unsigned n = 0;
  if (port.size() > 5) return false;
  for (const char c : port) {
    if (!is(c, digit)) return false;
    n = n * 10 + static_cast<unsigned>(c - '0');
  }
  return n <= 65535;
}

std::string_view host_name(std::string_view host) noexcept {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);  // there is one at most (valid_host)
  return host;
}

bool same_authority(std::string_view a, std::string_view b) noexcept {
  const auto port = [](std::string_view host) {
    const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
    return colon == std::string_view::npos ? std::string_view() : host.substr(colon);
  };
  return iequals(host_name(a), host_name(b)) && port(a) == port(b);
}

}  // namespace waggle::http
