#include "admin/answer_head.hpp"

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <ctime>

namespace waggle::app::admin {
namespace {

std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

std::string answer_head(const response& r) {
  namespace http = boost::beast::http;
  std::string out =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", r.status, std::string_view(http::obsolete_reason(static_cast<http::status>(r.status))), date());
  if (r.pieces) out += "Transfer-Encoding: chunked\r\n";
  else out += fmt::format("Content-Length: {}\r\n", body_of(r).size());
  if (!r.content_type.empty()) out += fmt::format("Content-Type: {}\r\n", r.content_type);
  if (!r.location.empty()) out += fmt::format("Location: {}\r\n", r.location);
  out += r.fields;
  if (r.nosniff) out += "X-Content-Type-Options: nosniff\r\n";
  return out += "Connection: close\r\n\r\n";
}

}  // namespace waggle::app::admin
