// How requests are shared out among the servers of a service, and how a client stays with one.
#pragma once

#include <waggle/model/service/affinity_policy.hpp>
#include <waggle/model/service/balance_policy.hpp>
#include <waggle/model/service/stickiness.hpp>

#include <optional>
#include <string>

namespace waggle::model {

struct balance_options {
  std::string method;   ///< as written: the API shows it; policy_of() says what it means
  bool sticky = false;  ///< deprecated form of Traefik 1; stickiness then names the cookie
  std::optional<model::stickiness> stickiness;
  bool operator==(const balance_options&) const = default;
};

/// An unknown method is the first, as in Traefik 1.
inline balance_policy policy_of(const balance_options& b) noexcept { return find_balance_policy(b.method).value_or(balance_methods.front().policy); }

/// The cookie of sticky sessions; the deprecated form has a name of its own.
inline std::optional<stickiness> cookie_of(const balance_options& b) {
  if (b.stickiness || !b.sticky) return b.stickiness;
  stickiness old;
  old.cookie_name = "_TRAEFIK_BACKEND";
  return old;
}

inline affinity_policy affinity_of(const balance_options& b) noexcept {
  return b.stickiness || b.sticky ? affinity_policy::cookie : affinity_policy::none;
}

}  // namespace waggle::model
