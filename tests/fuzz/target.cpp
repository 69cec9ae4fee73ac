// Request targets: what is forwarded has only whole escapes and bytes that servers take, has no dot segments, means what was
// matched, is normal already, and is what was received unless there were dot segments or an escaped escape.
#include "fuzz.hpp"

#include "http1/ambiguous.hpp"
#include "http1/chars.hpp"
#include "http1/target.hpp"

using namespace waggle::proxy::http1;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

namespace {

/// Unreserved characters decoded, as RFC 3986 §6.2.2.2 lets any hop do.
std::string decoded(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      require(i + 2 < path.size() && is(path[i + 1], hex) && is(path[i + 2], hex), "half an escape is forwarded");
      const char c = static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
      require(c != '\0', "an escaped NUL is forwarded");
      if (is(c, unreserved)) {
        out += c;
        i += 2;
        continue;
      }
    } else {
      require(is(path[i], target_char), "a byte outside the grammar is forwarded");
    }
    out += path[i];
  }
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static target_scratch scratch, again;
  static const char* const methods[] = {"GET", "OPTIONS", "POST", "CONNECT", "TRACE"};
  const char* const method = methods[data[0] % 5];
  const std::string raw = text_of(data + 1, size - 1);
  target t;
  if (const refusal r = parse_target(method, raw, scratch, t)) {
    require(r.status == 400 || r.status == 405 || r.status == 414, "which status?");
    return 0;
  }
  require(data[0] % 5 < 3, "CONNECT and TRACE are refused");
  require(t.authority.empty() || valid_host(t.authority), "an authority that is no host");
  for (const char c : t.query) require(is(c, target_char), "a byte in the query");
  if (t.path == "*") return 0;
  require(t.path.starts_with('/') && t.match.starts_with('/'), "no path");
  const std::string path(t.path), match(t.match), plain = decoded(path) + "/";
  require(plain.find("/./") == std::string::npos && plain.find("/../") == std::string::npos, "a dot segment is forwarded");
  require(decode_path(path) == match, "matched and forwarded path differ");
  // Nothing is rewritten but what has to be: the path is a piece of the request line, unless it was brought to normal form.
  const bool dots = raw.find("/.") != std::string::npos || raw.find("%2e") != std::string::npos || raw.find("%2E") != std::string::npos;
  if (!dots && match.find('%') == std::string::npos && match != "/") require(raw.find(path) != std::string::npos, "forwarded other than received");
  (void)ambiguity(path);
  for (const reading& r : other_readings(match)) require(r.path.starts_with('/') && r.path != match, "a reading that is none");
  target next;
  require(!parse_target("GET", path, again, next), "the next hop refuses it");
  require(next.path == path && next.match == match, "the next hop normalises it again");
  std::string encoded;
  append_encoded_path(encoded, match);
  decoded(encoded);
  require(decode_path(encoded) == match, "encoding is not the inverse of decoding");
  return 0;
}
