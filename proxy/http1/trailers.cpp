#include "http1/trailers.hpp"

#include "http1/field_id.hpp"

#include <waggle/http/field.hpp>

#include <algorithm>

namespace waggle::proxy::http1 {
namespace {

constexpr std::string_view forbidden[] = {
    "age", "authorization", "cache-control", "content-encoding", "content-range", "content-type", "expires", "location",
    "pragma", "proxy-authenticate", "proxy-authorization", "range", "retry-after", "set-cookie", "vary", "warning",
    "www-authenticate", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
};

bool may_pass(std::string_view name, std::string_view announced) {
  if (classify(name) != field_id::other) return false;
  if (std::any_of(std::begin(forbidden), std::end(forbidden), [&](std::string_view f) { return http::iequals(f, name); }))
    return false;
  bool listed = false;
  http::for_each_member(announced, [&](std::string_view member) { listed = listed || http::iequals(member, name); });
  return listed;
}

}  // namespace

std::string announced_trailers(std::string_view lines, std::string_view announced) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view line = lines.substr(0, end + 2);
    if (may_pass(line.substr(0, line.find(':')), announced)) out += line;
    lines.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace waggle::proxy::http1
