// What a frontend does to the heads of its servers' answers (custom and security response headers). Answers that waggle
// gives itself are left alone, as in Traefik 1.7.
#pragma once

#include <waggle/http/field.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::proxy::middleware {

class answer_rules {
 public:
  /// Sets the field, or removes it where the value is empty, unless that was said of it before: who stands before others in the chain has
  /// the last word on the way back. @param secure_only  on answers to requests that came over TLS (passed::secure).
  /// @return false: it was said before, for all of these.
  bool set(std::string_view name, std::string_view value, bool secure_only = false) {
    const bool plain = !secure_only && plain_.set(name, value), secure = secure_.set(name, value);
    return plain || secure;
  }
  bool removes(std::string_view name, bool secure) const noexcept { return of(secure).has(name); }
  /// Complete lines, CRLF each.
  const std::string& added(bool secure) const noexcept { return of(secure).add; }
  bool empty() const noexcept { return secure_.remove.empty(); }

 private:
  /// All that is done to one sort of answers.
  struct changes {
    std::vector<std::string> remove;  ///< names; those that are set are in here, too
    std::string add;
    bool has(std::string_view name) const noexcept {
      return std::any_of(remove.begin(), remove.end(), [&](const std::string& n) { return http::iequals(n, name); });
    }
    bool set(std::string_view name, std::string_view value) {
      if (has(name)) return false;
      remove.emplace_back(name);
      if (!value.empty()) add.append(name).append(": ").append(value).append("\r\n");
      return true;
    }
  };
  const changes& of(bool secure) const noexcept { return secure ? secure_ : plain_; }

  changes plain_, secure_;
};

}  // namespace waggle::proxy::middleware
