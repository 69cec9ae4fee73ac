#include "http1/ambiguous.hpp"

#include "http1/chars.hpp"

#include <waggle/base/utf8.hpp>

#include <algorithm>
#include <utility>

namespace waggle::proxy::http1 {
namespace {

/// Every well-formed escape decoded once; `slashes` too.
std::string decoded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && is(path[i + 1], hex) && is(path[i + 2], hex)) {
      out += static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

std::string without_parameters(std::string_view path) {
  std::string out;
  bool inside = false;
  for (const char c : path) {
    inside = c == ';' || (inside && c != '/');
    if (!inside) out += c;
  }
  return out;
}

std::string merged(std::string_view path) {
  std::string out;
  for (const char c : path)
    if (c != '/' || out.empty() || out.back() != '/') out += c;
  return out;
}

/// RFC 3986 §5.2.4, as a server does it that has decoded before.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool slash_at_end = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // it starts with '/'
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    slash_at_end = path.empty() && (segment == "." || segment == "..");
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return slash_at_end || out.empty() ? out + "/" : out;
}

}  // namespace

const char* ambiguity(std::string_view path) noexcept {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '/' && i + 1 < path.size() && path[i + 1] == '/') return "ambiguous path: empty segment (//)";
    if (c == '\\') return "ambiguous path: backslash";
    if (c == ';') return "ambiguous path: semicolon";
    if (static_cast<unsigned char>(c) >= 0x80) {
      const std::size_t n = base::utf8_length(path.substr(i));
      if (n == 0) return "ambiguous path: bytes that are no UTF-8";
      i += n - 1;
      continue;
    }
    if (c != '%' || i + 2 >= path.size()) continue;
    const int byte = hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]);
    switch (byte) {
      case '/': return "ambiguous path: encoded slash";
      case '\\': return "ambiguous path: encoded backslash";
      case ';': return "ambiguous path: encoded semicolon";
      case '%': return "ambiguous path: encoded percent sign";
      case '?': return "ambiguous path: encoded question mark";
      case '#': return "ambiguous path: encoded number sign";
      default: break;
    }
    if (byte < 0x20 || byte == 0x7F) return "ambiguous path: encoded control character";
    if (byte < 0x80) {
      i += 2;
      continue;
    }
    char bytes[4];  // the whole character, escape by escape: overlong forms are how a slash is hidden
    std::size_t n = 0;
    for (std::size_t k = i; n < sizeof bytes && k + 2 < path.size() && path[k] == '%'; k += 3) {
      const int next = hex_value(path[k + 1]) * 16 + hex_value(path[k + 2]);
      if (next < 0x80) break;
      bytes[n++] = static_cast<char>(next);
    }
    const std::size_t used = base::utf8_length({bytes, n});
    if (used == 0) return "ambiguous path: encoded bytes that are no UTF-8";
    i += 3 * used - 1;
  }
  return nullptr;
}

std::vector<reading> other_readings(std::string_view match) {
  std::vector<reading> out;
  const auto add = [&](std::string path, const char* how) {
    if (path.empty() || path[0] != '/') path.insert(path.begin(), '/');
    const bool known = path == match || std::any_of(out.begin(), out.end(), [&](const reading& r) { return r.path == path; });
    if (!known) out.push_back({std::move(path), how});
  };
  if (!match.starts_with('/')) return out;
  std::string turned(match);
  std::replace(turned.begin(), turned.end(), '\\', '/');
  add(merged(match), "merges slashes");
  add(without_dots(decoded(match)), "decodes %2F (or decodes twice)");
  add(without_dots(without_parameters(match)), "drops path parameters (;…)");
  add(without_dots(turned), "takes \\ for /");
  add(without_dots(merged(without_parameters(decoded(turned)))), "does all of this");
  return out;
}

}  // namespace waggle::proxy::http1
