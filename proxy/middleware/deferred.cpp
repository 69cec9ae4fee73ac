#include "middleware/deferred.hpp"

#include "http1/field_text.hpp"

namespace waggle::proxy::middleware {

std::string edit_head(std::string_view head, const std::vector<std::string>& remove,
                      const std::vector<std::pair<std::string, std::string>>& set) {
  const auto goes = [&](std::string_view name) {
    if (http1::is_framing(name)) return false;
    for (const std::string& r : remove)
      if (http1::reads_as(name, r)) return true;
    for (const auto& s : set)
      if (http1::reads_as(name, s.first)) return true;
    return false;
  };
  std::string out;
  out.reserve(head.size() + 256);
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
    if (!first && line.empty()) break;
    if (!first && goes(line.substr(0, line.find(':')))) continue;
    out.append(line).append("\r\n");
    if (!first) continue;
    first = false;  // new lines come first: where Host is written for each server, it must stay last
    for (const auto& [name, value] : set)
      if (http1::valid_name(name) && http1::valid_value(value) && !http1::is_framing(name)) out.append(name).append(": ").append(value).append("\r\n");
  }
  out += "\r\n";
  return out;
}

}  // namespace waggle::proxy::middleware
