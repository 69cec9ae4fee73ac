#include "options/complaints.hpp"

#include <fmt/format.h>

namespace waggle::app {
namespace {

constexpr std::string_view before_each = "\n  ";

}  // namespace

base::text_error together(const std::vector<std::string>& refused) {
  if (refused.size() == 1) return base::text_error{refused.front()};
  std::string out = fmt::format("{} things are wrong:", refused.size());
  for (const std::string& reason : refused) out.append(before_each).append(reason);
  return base::text_error{std::move(out)};
}

std::vector<std::string> apart(std::string_view reason) {
  auto at = reason.find(before_each);
  if (at == std::string_view::npos) return {std::string(reason)};
  std::vector<std::string> out;
  while (at != std::string_view::npos) {
    reason.remove_prefix(at + before_each.size());
    at = reason.find(before_each);
    out.emplace_back(reason.substr(0, at));
  }
  return out;
}

}  // namespace waggle::app
