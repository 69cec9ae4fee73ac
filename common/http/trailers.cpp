#include <waggle/http/trailers.hpp>
#include <waggle/http/field.hpp>
#include <waggle/http/field_id.hpp>

#include <algorithm>
#include <vector>

namespace waggle::http {
namespace {

constexpr std::string_view forbidden[] = {
    "age",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-range",
    "content-type",
    "expires",
    "location",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "retry-after",
    "set-cookie",
    "vary",
    "warning",
    "www-authenticate",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
};

bool may_pass(std::string_view name) {
  return classify(name) == field_id::other &&
         std::none_of(std::begin(forbidden), std::end(forbidden), [&](std::string_view f) { return iequals(f, name); });
}

struct by_name {
  bool operator()(std::string_view a, std::string_view b) const noexcept {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) < to_lower(y); });
  }
};

/// The members of the Trailer field in order, so that each line costs a search and not a walk. Who announces more than anybody
/// needs announces nothing.
std::vector<std::string_view> names_of(std::string_view announced) {
  std::vector<std::string_view> out;
  std::size_t members = 0;
  for_each_member(announced, [&](std::string_view member) {
    if (++members <= most_announced) out.push_back(member);
  });
  if (members > most_announced) return {};
  std::sort(out.begin(), out.end(), by_name{});
  return out;
}

}  // namespace

std::string announced_trailers(std::string_view lines, std::string_view announced) {
  std::string out;
  const std::vector<std::string_view> names = names_of(announced);
  while (!lines.empty() && !names.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view line = lines.substr(0, end + 2), name = line.substr(0, line.find(':'));
    if (std::binary_search(names.begin(), names.end(), name, by_name{}) && may_pass(name)) out += line;
    lines.remove_prefix(end + 2);
  }
  return out;
}

std::string harmless_trailers(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view name = lines.substr(0, lines.find(':'));
    if (may_pass(name)) out += lines.substr(0, end + 2);
    lines.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace waggle::http
