#include "affinity/sticky_cookie.hpp"

#include "affinity/opaque.hpp"

#include <waggle/base/hex.hpp>

#include <array>
#include <utility>

namespace waggle::proxy::affinity {
namespace {

constexpr std::size_t longest_encoded = 512;  // three times what a server's URL takes

std::string_view without_spaces(std::string_view s) noexcept { return http::trim_ows(s); }

/// The server with this opaque value. Of two in one slot (start-first: the next one is up already) the older one: no
/// session moves while its task lives.
int find_opaque(std::string_view value, const plan::backend& b) noexcept {
  if (!b.by_opaque.empty()) {
    // The map compares bytes only where the whole hash is the same, so the time it takes says nothing of a part of a value.
    const auto it = b.by_opaque.find(value);
    return it != b.by_opaque.end() && same_value(b.servers[it->second].opaque, value) ? static_cast<int>(it->second) : -1;
  }
  int found = -1;
  for (std::size_t i = 0; i < b.servers.size(); ++i)
    if (same_value(b.servers[i].opaque, value) && (found < 0 || b.servers[i].arrival < b.servers[static_cast<std::size_t>(found)].arrival))
      found = static_cast<int>(i);
  return found;
}

/// Could it be the URL of a task of this backend? Servers from files do not come and go by themselves.
bool may_be_task(std::string_view value, const plan::backend& b) noexcept {
  if (b.servers.empty() || b.servers.front().origin.service_id.empty()) return false;
  const std::string_view own = b.servers.front().url;
  const std::size_t host = own.find("://") + 3;  // every server has a URL with a scheme
  const std::size_t colon = value.rfind(':');
  if (!value.starts_with(own.substr(0, host)) || colon == std::string_view::npos || colon <= host) return false;
  std::string_view ip = value.substr(host, colon - host);
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  io::ip_bytes parsed;
  return io::parse_ip(ip, parsed);
}

std::string_view unquoted(std::string_view value) noexcept {
  return value.size() >= 2 && value.front() == '"' && value.back() == '"' ? value.substr(1, value.size() - 2) : value;
}

/// How much a cookie says that leads to no current server by itself.
int tells(const cookie_target& w) noexcept {
  return w.server >= 0 ? 4 : w.left || w.departed_server >= 0 ? 3 : !w.unknown.empty() ? 2 : w.has_cookie;
}

cookie_target judge_as_sent(std::string_view sent, const plan::backend& b) {
  const std::string_view value = unquoted(sent);
  cookie_target w = judge(value, b);
  std::array<char, longest_encoded> room;
  if (w.server >= 0 || w.left || value.size() > room.size() || value.find('%') == std::string_view::npos) return w;
  std::size_t n = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      room[n++] = value[i];
      continue;
    }
    if (value.size() - i < 3 || base::hex_digit(value[i + 1]) < 0 || base::hex_digit(value[i + 2]) < 0) return w;  // no encoding of anything
    room[n++] = static_cast<char>(base::hex_digit(value[i + 1]) * 16 + base::hex_digit(value[i + 2]));
    i += 2;
  }
  return judge(unquoted({room.data(), n}), b);
}

}  // namespace

cookie_target judge(std::string_view value, const plan::backend& b) {
  cookie_target w{.has_cookie = true, .server = b.find_url(value), .refresh = b.opaque};
  if (w.server >= 0) return w;
  if (const plan::departed_server* const left = b.find_departed(value)) {
    w.left = true;
    w.server = left->successor;
    w.via_successor = w.refresh = left->successor >= 0;
    if (w.server < 0) w.departed_server = static_cast<int>(left - b.departed.data());
    return w;
  }
  if (value.size() == opaque_key::value_size) {
    w.server = find_opaque(value, b);
    w.refresh = !b.opaque;
    if (w.server >= 0) return w;
    if (b.hold.count() > 0)
      for (std::size_t i = 0; i < b.departed.size(); ++i)
        if (b.departed[i].successor < 0 && same_value(b.departed[i].opaque, value)) w.departed_server = static_cast<int>(i), w.left = true;
    return w;
  }
  for (std::size_t s = 0; w.server < 0 && s < b.servers.size(); ++s)
    if (names_url(value, b.servers[s].url)) w.server = static_cast<int>(s);
  if (w.server < 0 && may_be_task(value, b)) w.unknown = value;
  return w;
}

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

cookie_target read(http::field_span fields, const plan::backend& backend) {
  cookie_target out;
  for (const http::field& line : fields) {
    if (line.id != http::field_id::cookie) continue;
    std::string_view rest = line.value;
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = without_spaces(rest.substr(0, end));
      const std::size_t eq = pair.find('=');
      if (eq == backend.cookie_name.size() && pair.substr(0, eq) == backend.cookie_name) {
        cookie_target one = judge_as_sent(pair.substr(eq + 1), backend);
        if (one.server >= 0 && !one.via_successor) return one;
        if (tells(one) > tells(out)) out = std::move(one);
      }
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
  return out;
}

}  // namespace waggle::proxy::affinity
