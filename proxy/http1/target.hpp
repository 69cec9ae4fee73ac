// The request target: its forms (RFC 9112 §3.2), and the one normal path that is both matched and forwarded (RFC 3986 §6).
// Pure; writes only into the caller's scratch.
#pragma once

#include "http1/framing.hpp"

#include <waggle/http/path.hpp>

#include <span>
#include <string>
#include <string_view>

namespace waggle::proxy::http1 {

/// Bytes outside the URI grammar that browsers and tools send raw ([ ] | ^ { } " < > \ and UTF-8) are taken, as nginx and
/// HAProxy take them, and forwarded as they came. Refused: '#', controls, malformed escapes, an escaped NUL.
struct target {
  std::string_view path;       ///< what is forwarded: as received unless dot segments had to go; "*" for OPTIONS *
  std::string_view match;      ///< what rules see: normal, decoded except %2F
  std::string_view query;      ///< without '?'
  bool has_query = false;      ///< "/a?" has an empty one
  std::string_view authority;  ///< of an absolute form; wins over Host (RFC 9112 §3.2.2)
};

/// Room for `path` and `match` of any target that fits a request line.
struct target_scratch {
  char normal[max_request_line];
  char decoded[max_request_line];
};

/// @return a refusal (400, 405, 414) or none. CONNECT and TRACE are refused here.
refusal parse_target(std::string_view method, std::string_view raw, target_scratch& scratch, target& out) noexcept;

using http::append_encoded_path;
using http::decode_path;

}  // namespace waggle::proxy::http1
