#include "labels/traefik3/layer4_parse.hpp"

#include "labels/label_index.hpp"
#include "labels/label_use.hpp"

#include <new>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

namespace waggle::discovery::traefik3 {

namespace {

constexpr std::string_view traefik_root = "traefik.";

std::string in_small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// "traefik.tcp.routers.db.rule": tcp, routers, db, rule. The first three in small letters.
struct key_parts {
  std::string protocol, kind;
  std::string_view name, option;
};

std::optional<key_parts> split_object_key(std::string_view key) {
  if (!key.starts_with(traefik_root)) return std::nullopt;
  std::string_view rest = key.substr(traefik_root.size());
  const auto next = [&rest] {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    return part;
  };
  if (rest.size() < 4 || rest[3] != '.') return std::nullopt;  // nearly all labels end here
  key_parts out;
  out.protocol = in_small(next());
  if (out.protocol != "tcp" && out.protocol != "udp") return std::nullopt;
  out.kind = in_small(next());
  if (out.kind != "routers" && out.kind != "services" && out.kind != "middlewares" && out.kind != "serverstransports") return std::nullopt;
  out.name = next();
  out.option = rest;
  return out;
}

/// Rows by their key in small letters.
template <class Asked>
class rows_by_option {
 public:
  explicit rows_by_option(std::span<const label_row<Asked>> rows) {
    for (const auto& r : rows) {
      by_option_.emplace(in_small(r.key.substr(r.key.find("<name>.") + 7)), &r);
      index_.add(r.key.substr(r.key.find("<name>.") + 7));
    }
  }
  const label_row<Asked>* find(std::string_view option) const {
    const auto it = by_option_.find(in_small(option));
    return it == by_option_.end() ? nullptr : it->second;
  }
  std::string nearest(std::string_view option) const { return index_.nearest(option); }

 private:
  std::unordered_map<std::string, const label_row<Asked>*> by_option_;
  label_index index_;
};

/// "middlewares[0]": Traefik ignores such a label without a word; it is read as what it means.
std::string_view without_index(std::string_view option) {
  const auto open = option.find('[');
  if (open == std::string_view::npos || !option.ends_with(']')) return option;
  const auto digits = option.substr(open + 1, option.size() - open - 2);
  return digits.find_first_not_of("0123456789") == std::string_view::npos ? option.substr(0, open) : option;
}

template <class Asked>
void read_label(Asked& to, const rows_by_option<Asked>& rows, const key_parts& at, const std::string& key, const std::string& value) {
  const std::string_view option = without_index(at.option);
  const auto* row = rows.find(option);
  const bool indexed = option.size() != at.option.size();
  if (row == nullptr || (indexed && row->type != "list")) {
    const std::string near = rows.nearest(at.option);
    to.notes.diagnostics.push_back(
        about_label(model::severity::error, "unknown-label", {key, key, value, {}}, "is not a known label",
                    near.empty() ? "remove it; names of routers and services hold no dots" : "did you mean ." + near + "?"));
    return;
  }
  if (indexed)
    to.notes.diagnostics.push_back(about_label(model::severity::note, "indexed-label", {key, key, value, {}},
                                               "is read as a part of the list; Traefik ignores it", "write the list with commas"));
  to.labels[std::string(row->key)] = {value, key};
  row->apply(to, {key, key, value, at.name}, to.notes);
}

/// Domains of a certificate have an index of their own: tls.domains[0].main.
bool ends_tls_here(std::string_view option) { return in_small(option.substr(0, 11)) == "tls.domains"; }

}  // namespace

bool is_layer4_key(std::string_view key) noexcept {
  try {
    return split_object_key(key).has_value();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

layer4_objects parse_layer4(const std::map<std::string, std::string>& labels) {
  static const rows_by_option<router_asked> tcp_routers(tcp_router_rows()), udp_routers(udp_router_rows());
  static const rows_by_option<service_asked> tcp_services(tcp_service_rows()), udp_services(udp_service_rows());
  static const rows_by_option<middleware_asked> tcp_middlewares(tcp_middleware_rows());
  layer4_objects out;
  for (auto it = labels.lower_bound(std::string(traefik_root)); it != labels.end() && it->first.starts_with(traefik_root); ++it) {
    const auto& [key, value] = *it;
    const auto at = split_object_key(key);
    if (!at) continue;
    const bool tcp = at->protocol == "tcp";
    objects& to = tcp ? out.tcp : out.udp;
    const std::string name(at->name);
    if (name.empty() || at->kind == "serverstransports" || (at->kind == "middlewares" && !tcp)) {
      out.diagnostics.push_back(about_label(model::severity::warning, name.empty() ? "unknown-label" : "not-served", {key, key, value, {}},
                                            name.empty() ? "names nothing" : "is not served", "remove it"));
    } else if (at->kind == "routers") {
      router_asked& r = to.routers[name];
      if (at->option.empty()) continue;  // traefik.tcp.routers.db=true: a router without a rule
      if (ends_tls_here(at->option)) r.tls_options = true;
      else read_label(r, tcp ? tcp_routers : udp_routers, *at, key, value);
    } else if (at->kind == "services") {
      service_asked& s = to.services[name];
      if (!at->option.empty() && in_small(at->option) != "loadbalancer") read_label(s, tcp ? tcp_services : udp_services, *at, key, value);
    } else {
      middleware_asked& m = to.middlewares[name];
      if (!at->option.empty()) read_label(m, tcp_middlewares, *at, key, value);
    }
  }
  return out;
}

}  // namespace waggle::discovery::traefik3
