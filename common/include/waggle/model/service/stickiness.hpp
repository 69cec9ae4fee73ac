// Affinity: a client stays with its server by a cookie.
#pragma once

#include <string>

namespace waggle::model {

struct stickiness {
  std::string cookie_name;  ///< as the label says; empty: derived from the backend's name
  bool secure = false, http_only = false;
  std::string same_site;  ///< "", "none", "lax", "strict"; anything else gives no attribute
  std::string value;      ///< waggle's own: "opaque", "url"; empty: as the proxy is told
  bool operator==(const stickiness&) const = default;
};

}  // namespace waggle::model
