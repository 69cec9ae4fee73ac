// A TCP router's conditions for people: as they were written, else in Traefik's words.
#pragma once

#include <waggle/model/tcp.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace waggle::model {

inline std::string rule_text(const tcp_router& r) {
  if (!r.rule.empty()) return r.rule;
  std::string out;
  const auto add = [&out](std::string_view matcher, const std::vector<std::string>& list) {
    if (list.empty()) return;
    if (!out.empty()) out += " && ";
    out += std::string(matcher) + "(";
    for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "`" : ", `") + list[i] + "`";
    out += ")";
  };
  add("HostSNI", r.match.sni);
  add("HostSNIRegexp", r.match.sni_regex);
  if (out.empty()) out = "HostSNI(`*`)";
  add("ClientIP", r.match.client_ip);
  add("ALPN", r.match.alpn);
  return out;
}

}  // namespace waggle::model
