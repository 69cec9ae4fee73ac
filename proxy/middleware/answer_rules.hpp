// What a frontend does to the heads of its servers' answers (custom and security response headers). Answers that waggle
// gives itself are left alone, as in Traefik 1.7.
#pragma once

#include <waggle/http/field.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::middleware {

struct answer_rules {
  std::vector<std::string> remove;  ///< names; those set below are in here, too
  std::string add;                  ///< complete lines, CRLF each

  bool removes(std::string_view name) const noexcept {
    for (const std::string& r : remove)
      if (http::iequals(r, name)) return true;
    return false;
  }
};

}  // namespace waggle::proxy::middleware
