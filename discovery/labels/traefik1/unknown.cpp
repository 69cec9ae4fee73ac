#include "labels/traefik1/parse.hpp"

#include "labels/label_use.hpp"
#include "labels/traefik1/schema.hpp"
#include "labels/traefik3/layer4_parse.hpp"
#include "labels/waggle/layer4_parse.hpp"

#include <waggle/base/edit_distance.hpp>

#include <string_view>
#include <utility>

namespace waggle::discovery::traefik1 {

namespace {

// Keys of Traefik's other providers: harmless here, not worth a word.
bool of_other_provider(std::string_view plain) noexcept {
  return plain == "traefik.backend.id" || plain == "traefik.portName" || plain == "traefik.portIndex";
}

bool traefik2(std::string_view key) noexcept {
  return key.starts_with("traefik.http.") || key.starts_with("traefik.tcp.") || key.starts_with("traefik.udp.") || key.starts_with("traefik.tls.") ||
         key.starts_with("traefik.swarm.");
}

bool below_http(std::string_view key) { return waggle_labels::is_layer4_key(key) || traefik3::is_layer4_key(key); }

// Has the service labels of Traefik 2, and none of Traefik 1 but those that both read?
bool only_traefik2(const std::map<std::string, std::string>& labels) {
  bool any = false;
  for (const auto& [key, value] : labels) {
    if (below_http(key)) return false;  // those are served
    if (traefik2(key)) any = true;
    else if (key.starts_with("traefik.") && key != "traefik.enable" && key != "traefik.docker.network") return false;
  }
  return any;
}

/// Of all keys that anybody reads.
std::string nearest(std::string_view plain) {
  std::string best = schema().nearest(plain);
  for (std::string other : {waggle_labels::tcp_schema().nearest(plain), waggle_labels::udp_schema().nearest(plain)}) {
    const std::size_t most = plain.size() + other.size();
    if (!other.empty() && (best.empty() || base::edit_distance(plain, other, most) < base::edit_distance(plain, best, plain.size() + best.size())))
      best = std::move(other);
  }
  return best;
}

}  // namespace

std::vector<model::diagnostic> unknown_labels(const std::map<std::string, std::string>& labels) {
  std::vector<model::diagnostic> out;
  if (only_traefik2(labels))
    out.push_back({model::severity::error, "traefik2-labels-only", "", "", "all its labels are of Traefik 2 or later",
                   "add traefik.port and traefik.frontend.rule; both sets may stand side by side"});
  for (const auto& [key, value] : labels) {
    if (!key.starts_with("traefik.") && !key.starts_with("waggle.")) continue;
    if (below_http(key)) continue;  // told of where they are read
    const auto split = split_key(key);
    std::string_view part;
    const auto* known = schema().find(split.plain, part);
    if (of_other_provider(split.plain)) continue;
    const label_use use{key, key, value, {}};
    if (traefik2(key)) {
      out.push_back(about_label(model::severity::warning, "traefik2-label", use, "is a label of Traefik 2 and later",
                                "write the rule as traefik.frontend.rule, see docs/labels.md"));
    } else if (known == nullptr) {
      const std::string near = nearest(split.plain);
      std::string fix = near.empty() ? "remove it, or see docs/labels.md" : "did you mean " + near + "?";
      out.push_back(about_label(model::severity::warning, "unknown-label", use, "is not a known label", std::move(fix)));
    } else if (base::edit_distance(split.segment, "frontend", 2) <= 2) {
      // traefik.fronted.rule=… would be an unknown key, but traefik.fronted.port=… quietly makes a segment "fronted".
      out.push_back(about_label(model::severity::warning, "segment-name", use, "makes a segment named " + std::string(split.segment),
                                "did you mean frontend?"));
    }
  }
  return out;
}

}  // namespace waggle::discovery::traefik1
