// What a frontend does to the heads of its servers' answers (custom and security response headers). Answers that waggle
// gives itself are left alone, as in Traefik 1.7.
#pragma once

#include <waggle/http/field.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::middleware {

struct answer_rules {
  std::vector<std::string> remove;            ///< names; those set below are in here, too
  std::string add;                            ///< complete lines, CRLF each
  std::vector<std::string> remove_if_secure;  ///< the same for requests that came over TLS (passed::secure)
  std::string add_if_secure;

  bool removes(std::string_view name, bool secure) const noexcept { return has(remove, name) || (secure && has(remove_if_secure, name)); }

 private:
  static bool has(const std::vector<std::string>& names, std::string_view name) noexcept {
    for (const std::string& n : names)
      if (http::iequals(n, name)) return true;
    return false;
  }
};

}  // namespace waggle::proxy::middleware
