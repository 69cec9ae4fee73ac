#include "affinity/sticky_cookie.hpp"

namespace waggle::proxy::affinity {
namespace {

std::string_view without_spaces(std::string_view s) noexcept { return http::trim_ows(s); }

}  // namespace

bool names_url(std::string_view value, std::string_view url) noexcept {
  // value = scheme "://" [userinfo "@"] authority ["?" query] ["#" fragment]; a path, even "/", is another URL.
  if (const std::size_t end = value.find_first_of("?#"); end != std::string_view::npos) value = value.substr(0, end);
  const std::size_t scheme = value.find("://"), own = url.find("://");
  if (scheme == std::string_view::npos || own == std::string_view::npos) return false;
  if (!http::iequals(value.substr(0, scheme), url.substr(0, own))) return false;
  std::string_view authority = value.substr(scheme + 3);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority = authority.substr(at + 1);
  return authority == url.substr(own + 3);
}

wish read(const http1::field_list& fields, const routing::backend& backend) noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.id(i) != http1::field_id::cookie) continue;
    std::string_view rest = fields[i].value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = without_spaces(rest.substr(0, end));
      const std::size_t eq = pair.find('=');
      if (eq == backend.cookie_name.size() && pair.substr(0, eq) == backend.cookie_name) {
        std::string_view value = pair.substr(eq + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        wish w{true, backend.find_url(value)};
        for (std::size_t s = 0; w.server < 0 && s < backend.servers.size(); ++s)
          if (names_url(value, backend.servers[s].url)) w.server = static_cast<int>(s);
        return w;
      }
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  return {};
}

}  // namespace waggle::proxy::affinity
