#include "exchange/own_answer.hpp"

#include "middleware/locations.hpp"

#include <utility>

namespace waggle::proxy {
namespace {

struct text {
  unsigned status;
  std::string_view body;
};

constexpr text texts[] = {
    {400, "400 Bad Request"},
    {401, "401 Unauthorized\n"},
    {403, "Forbidden"},
    {413, "Request Entity Too Large"},
    {429, "Too Many Requests"},
    {404, "404 page not found\n"},
    {405, "405 Method Not Allowed\n"},
    {408, "408 Request Timeout\n"},
    {414, "414 URI Too Long\n"},
    {417, "417 Expectation Failed\n"},
    {431, "431 Request Header Fields Too Large"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {508, "508 Loop Detected\n"},
    {505, "505 HTTP Version Not Supported\n"},
};

/// The body; none where the status says it all.
std::string_view text_of(unsigned status) noexcept {
  for (const text& t : texts)
    if (t.status == status) return t.body;
  return status < 400 ? "" : "Internal Server Error";
}

/// What Go's server, and so Traefik 1.7, says of a bad request: something about hosts and fields, nothing of all else. What is
/// over a limit names the flag that sets it.
std::string_view told_of(std::string_view why) noexcept {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"missing required Host header", "missing required Host header"},
      {"malformed Host header", "malformed Host header"},
      {"more than one Host", "too many Host headers"},
      {"bad header field name", "invalid header name"},
      {"control character in a header field value", "invalid header value"},
      {"request line too long", "longer than --maxRequestLineBytes"},
      {"too many header fields", "more than --maxRequestHeaderFields"},
      {"head too large", "larger than --maxRequestHeaderBytes"},
  };
  if (why.starts_with("ambiguous path")) return why;  // nobody's secret, and what to mend (StrictPaths)
  for (const auto& [ours, told] : words)
    if (ours == why) return told;
  return {};
}

}  // namespace

bool ends_connection(unsigned status) noexcept {
  return status == 400 || status == 405 || status == 408 || status == 414 || status == 417 || status == 431 || status == 505;
}

middleware::local_answer own_answer(unsigned status, std::string_view why) {
  middleware::local_answer out{status, {}, std::string(text_of(status))};
  if (status == 508) out.fields += "Cache-Control: no-store\r\n";
  if (status == 503) out.fields += "Retry-After: 1\r\n";
  if (status == 405) out.fields += "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
  const bool bad_head = status == 400 || status == 414 || status == 431;
  if (const std::string_view told = bad_head ? told_of(why) : std::string_view(); !told.empty()) {
    if (out.body.ends_with('\n')) out.body.pop_back();
    out.body.append(": ").append(told);
  }
  return out;
}

middleware::local_answer slash_redirect(const std::string& location, bool to_get) {
  middleware::local_answer out{301, "Location: " + location + "\r\nContent-Type: text/html; charset=utf-8\r\n", {}};
  if (to_get) out.body = "<a href=\"" + middleware::escape_html(location) + "\">Moved Permanently</a>.\n\n";
  return out;
}

}  // namespace waggle::proxy
