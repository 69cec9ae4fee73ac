#include "http1/target.hpp"

#include "http1/chars.hpp"

#include <waggle/http/path.hpp>

namespace waggle::proxy::http1 {
namespace {

/// Value of the escape at p ("%XX", known to be well formed).
unsigned char escape(const char* p) noexcept { return static_cast<unsigned char>(hex_value(p[1]) * 16 + hex_value(p[2])); }

/// RFC 3986 §5.2.4 on a path that starts with '/', in place. @return the new length.
std::size_t remove_dot_segments(char* path, std::size_t size) noexcept {
  std::size_t out = 0, in = 0;
  while (in < size) {  // path[in] == '/'
    std::size_t end = in + 1;
    while (end < size && path[end] != '/') ++end;
    const std::string_view segment(path + in + 1, end - in - 1);
    const bool last = end == size;
    if (segment == ".") {
      if (last) path[out++] = '/';
    } else if (segment == "..") {
      while (out > 0 && path[--out] != '/') {
      }
      if (last) path[out++] = '/';
    } else {
      for (std::size_t i = in; i < end; ++i) path[out++] = path[i];
    }
    in = end;
  }
  if (out == 0) path[out++] = '/';
  return out;
}

/// Checks the path and finds its two readings.
refusal normalise(std::string_view raw, target_scratch& scratch, target& out) noexcept {
  bool escapes = false, dots = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '%') {
      if (i + 2 >= raw.size() || !is(raw[i + 1], hex) || !is(raw[i + 2], hex)) return {400, "malformed escape in the path"};
      const unsigned char byte = escape(raw.data() + i);
      if (byte == 0) return {400, "escaped NUL in the path"};  // where a string ends for servers in C
      escapes = true;
      dots = dots || byte == '.';
      i += 2;
    } else if (!is(c, target_char)) {
      return {400, "character not allowed in the path"};
    } else if (c == '.' && i > 0 && raw[i - 1] == '/') {
      dots = true;  // a dot segment starts behind a slash
    }
  }
  out.path = out.match = raw;
  if (!escapes && !dots) return {};

  // Unreserved characters mean the same with and without escape (RFC 3986 §2.3), so dots are looked for decoded.
  std::size_t n = 0;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '%' && is(static_cast<char>(escape(raw.data() + i)), unreserved)) {
      scratch.normal[n++] = static_cast<char>(escape(raw.data() + i));
      i += 2;
    } else {
      scratch.normal[n++] = raw[i];
    }
  }
  const std::size_t before = n;
  if (dots) n = remove_dot_segments(scratch.normal, n);
  const std::string_view normal(scratch.normal, n);
  // What is matched is what is forwarded: when segments changed the backend must not see the old ones.
  // "%25%32f" is "%252f" in disguise, and that one is matched as it is (below): so it is forwarded without the disguise.
  if (n != before || (before != raw.size() && normal.find("%25") != std::string_view::npos)) out.path = normal;
  out.match = escapes ? std::string_view(scratch.decoded, http::decode_path(normal, scratch.decoded)) : normal;
  return {};
}

}  // namespace

refusal parse_target(std::string_view method, std::string_view raw, target_scratch& scratch, target& out) noexcept {
  out = {};
  if (method == "CONNECT" || method == "TRACE") return {405, "method not allowed"};
  if (raw.size() > max_request_line) return {414, "request line too long"};
  if (raw == "*") {
    if (method != "OPTIONS") return {400, "asterisk target without OPTIONS"};
    out.path = out.match = raw;
    return {};
  }
  std::string_view rest = raw;
  if (!rest.starts_with('/')) {
    const std::size_t scheme = http::iequals(rest.substr(0, 7), "http://") ? 7 : http::iequals(rest.substr(0, 8), "https://") ? 8 : 0;
    if (scheme == 0) return {400, "target is neither a path nor an http URL"};
    rest.remove_prefix(scheme);
    const std::size_t end = rest.find_first_of("/?");
    out.authority = rest.substr(0, end);
    if (!valid_host(out.authority)) return {400, "malformed authority in the target"};  // userinfo and empty, too
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
    if (rest.empty() && method == "OPTIONS") {  // RFC 9112 §3.2.4
      out.path = out.match = "*";
      return {};
    }
  }
  const std::size_t question = rest.find('?');
  std::string_view path = rest.substr(0, question);
  if (question != std::string_view::npos) {
    out.has_query = true;
    out.query = rest.substr(question + 1);
    for (const char c : out.query)
      if (!is(c, target_char)) return {400, "character not allowed in the query"};
  }
  if (path.empty()) path = "/";
  return normalise(path, scratch, out);
}

}  // namespace waggle::proxy::http1
