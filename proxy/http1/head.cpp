#include "http1/head.hpp"

#include "http1/chars.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace waggle::proxy::http1 {
namespace {

constexpr parse_result incomplete{};
constexpr parse_result bad(unsigned status, const char* reason) noexcept { return {parse_state::bad, 0, status, reason}; }

/// First position at or after `p` whose byte is a control character (below 0x20, or DEL); eight bytes a step.
const char* find_control(const char* p, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  while (end - p >= 8) {
    std::uint64_t w;
    std::memcpy(&w, p, 8);
    // Exact for "is there any"; which one it is, the byte loop finds.
    const std::uint64_t below_space = (w - ones * 0x20) & ~w & high;
    const std::uint64_t x = w ^ (ones * 0x7F);
    const std::uint64_t is_del = (x - ones) & ~x & high;
    if (below_space | is_del) break;
    p += 8;
  }
  while (p != end && static_cast<unsigned char>(*p) >= 0x20 && *p != 0x7F) ++p;
  return p;
}

constexpr const char* folded_line = "folded header line";

/// Of a request: exactly by RFC 9112, since who read it before may have read it differently. Of an answer: a bare LF ends a line
/// (§2.2) and blanks before a colon are dropped (§5.1), as every other proxy does; the head is written anew for the client.
enum class tolerance : std::uint8_t { strict, careless };

/// Parses field lines from `p` up to the empty line. `status` is what a client is told.
template <tolerance How>
parse_result parse_fields(const char* begin, const char* p, const char* end, field_list& out, unsigned status, unsigned too_many) noexcept {
  constexpr bool careless = How == tolerance::careless;
  for (;;) {
    if (p == end) return incomplete;
    if (*p == '\r') {
      if (p + 1 == end) return incomplete;
      if (p[1] != '\n') return bad(status, "bare CR in the head");
      return {parse_state::complete, static_cast<std::size_t>(p + 2 - begin), 0, ""};
    }
    if (careless && *p == '\n') return {parse_state::complete, static_cast<std::size_t>(p + 1 - begin), 0, ""};
    const char* name = p;
    while (p != end && is(*p, tchar)) ++p;
    const std::string_view field_name(name, static_cast<std::size_t>(p - name));
    if (careless && !field_name.empty())
      while (p != end && (*p == ' ' || *p == '\t')) ++p;
    if (p == end) return incomplete;
    if (*p != ':' || p == name) {
      if (*name == ' ' || *name == '\t') return bad(status, folded_line);
      const char* colon = p;
      while (colon != end && *colon != ':' && *colon != '\r' && *colon != '\n') ++colon;
      return bad(status, colon != end && *colon == ':' ? "bad header field name" : "header line without a colon");
    }
    ++p;
    while (p != end && (*p == ' ' || *p == '\t')) ++p;
    const char* value = p;
    for (;;) {
      p = find_control(p, end);
      if (p == end) return incomplete;
      if (*p == '\t') {
        ++p;
        continue;
      }
      break;
    }
    const char* last = p;
    if (!careless || *p != '\n') {
      if (*p != '\r') return bad(status, *p == '\n' ? "bare LF in the head" : "control character in a header field value");
      if (p + 1 == end) return incomplete;
      if (p[1] != '\n') return bad(status, "bare CR in a header field value");
      ++p;
    }
    while (last != value && (last[-1] == ' ' || last[-1] == '\t')) --last;
    ++p;
    if (p != end && (*p == ' ' || *p == '\t')) return bad(status, folded_line);
    if (!out.push({field_name, {value, static_cast<std::size_t>(last - value)}}, classify(field_name)))
      return bad(too_many, "too many header fields");
  }
}

}  // namespace

parse_result parse_request(std::string_view bytes, request_head& out) noexcept {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* p = begin;
  out.fields.clear();
  for (int skipped = 0; skipped < 2 && end - p >= 2 && p[0] == '\r' && p[1] == '\n'; ++skipped) p += 2;
  if (p == end) return {parse_state::incomplete, static_cast<std::size_t>(p - begin), 0, ""};
  if (*p == '\r' && p + 1 == end) return incomplete;

  const char* const line = p;
  while (p != end && is(*p, tchar)) ++p;
  if (p == end) return p - line > 64 ? bad(400, "method too long") : incomplete;
  if (p == line || *p != ' ' || p - line > 64) return bad(400, "bad method");
  out.method = {line, static_cast<std::size_t>(p - line)};

  const char* const target = ++p;
  while (p != end && static_cast<unsigned char>(*p) > 0x20 && *p != 0x7F) ++p;
  if (p - line > static_cast<std::ptrdiff_t>(out.line_limit)) return bad(414, "request line too long");
  if (p == end) return incomplete;
  if (p == target || *p != ' ') return bad(400, "bad request line");
  out.target = {target, static_cast<std::size_t>(p - target)};

  const char* const version = ++p;
  constexpr std::string_view http = "HTTP/";
  const std::size_t have = static_cast<std::size_t>(end - version);
  const std::size_t cmp = have < http.size() ? have : http.size();
  if (std::string_view(version, cmp) != http.substr(0, cmp)) return bad(400, "bad protocol name");
  // In the order of the bytes, so that a head in pieces gets the same verdict as a whole one.
  if (have > 5 && !is(version[5], digit)) return bad(400, "bad protocol version");
  if (have > 5 && version[5] != '1') return bad(505, "HTTP version not supported");
  if (have > 6 && version[6] != '.') return bad(400, "bad protocol version");
  if (have > 7 && !is(version[7], digit)) return bad(400, "bad protocol version");
  if (have > 8 && version[8] != '\r') return bad(400, "bad request line");
  if (have > 9 && version[9] != '\n') return bad(400, "bad request line");
  if (have < 10) return incomplete;
  out.minor = version[7] == '0' ? 0 : 1;
  return parse_fields<tolerance::strict>(begin, version + 10, end, out.fields, 400, 431);
}

parse_result parse_response(std::string_view bytes, response_head& out) noexcept {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* p = begin;
  out.fields.clear();
  constexpr std::string_view http = "HTTP/1.";
  const std::size_t cmp = bytes.size() < http.size() ? bytes.size() : http.size();
  if (bytes.substr(0, cmp) != http.substr(0, cmp)) return bad(502, "no HTTP/1 status line");
  if (bytes.size() < 13) return incomplete;  // "HTTP/1.1 200\r"
  if (!is(p[7], digit) || p[8] != ' ') return bad(502, "bad status line");
  out.minor = p[7] == '0' ? 0 : 1;
  if (!is(p[9], digit) || !is(p[10], digit) || !is(p[11], digit)) return bad(502, "bad status code");
  out.status = static_cast<unsigned>((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
  if (out.status < 100) return bad(502, "status code out of range");  // above 599 it is a 5xx to all (RFC 9110 §15), and relayed
  p += 12;
  if (*p != ' ' && *p != '\r' && *p != '\n') return bad(502, "bad status line");
  if (*p == ' ') ++p;
  const char* const reason = p;
  for (;;) {
    p = find_control(p, end);
    if (p == end) return incomplete;
    if (*p == '\t') {
      ++p;
      continue;
    }
    break;
  }
  out.reason = {reason, static_cast<std::size_t>(p - reason)};
  if (*p != '\n') {
    if (*p != '\r') return bad(502, "control character in the status line");
    if (p + 1 == end) return incomplete;
    if (p[1] != '\n') return bad(502, "bare CR in the status line");
    ++p;
  }
  return parse_fields<tolerance::careless>(begin, p + 1, end, out.fields, 502, 502);
}

parse_result parse_answer(std::span<char> bytes, response_head& out) noexcept {
  const std::string_view view(bytes.data(), bytes.size());
  const parse_result r = parse_response(view, out);
  if (r.state != parse_state::bad || r.reason != folded_line || !unfold(bytes)) return r;
  return parse_response(view, out);
}

bool unfold(std::span<char> bytes) noexcept {
  char* const end = bytes.data() + bytes.size();
  const auto line_end = [end](char* p) { return std::find(p, end, '\n'); };
  char* line = line_end(bytes.data());
  if (line == end) return false;
  ++line;
  if (line == end || *line == ' ' || *line == '\t') return false;  // nothing to continue: this would be the status line
  bool any = false;
  for (;;) {
    char* const lf = line_end(line);
    if (lf == line || (lf == line + 1 && *line == '\r') || lf == end || lf + 1 == end) return any;
    line = lf + 1;
    if (*line != ' ' && *line != '\t') continue;
    *lf = ' ';
    if (lf[-1] == '\r') lf[-1] = ' ';
    any = true;
  }
}

}  // namespace waggle::proxy::http1
