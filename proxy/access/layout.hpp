// Which fields a line of the access log has, and how.
#pragma once

#include "access/fields.hpp"

#include <waggle/proxy/access_log.hpp>

#include <cstddef>
#include <string_view>

namespace waggle::proxy::access {

/// Options as the writers need them: modes by index.
struct layout {
  explicit layout(const access_log_options& from);
  access_log_options options;
  field_mode mode[static_cast<std::size_t>(field::count)];
  field_mode referer, agent;  ///< header_mode of these two
  bool keeps(field f) const noexcept { return mode[static_cast<std::size_t>(f)] == field_mode::keep; }
  /// Secrets (Authorization, Cookie, …) are redacted unless they are named.
  field_mode header_mode(std::string_view name) const;
};

}  // namespace waggle::proxy::access
