// The one form in which host names of rules and requests are compared. Pure.
#pragma once

#include <string_view>

namespace waggle::match {

/// An absolute name ("shop.example.") means the same host (RFC 3986 §3.2.2).
constexpr std::string_view without_final_dot(std::string_view host) noexcept {
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  return host;
}

}  // namespace waggle::match
