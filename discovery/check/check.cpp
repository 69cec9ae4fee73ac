// The facade of "waggle check": input → picture → translation → report.
#include "check/dollars.hpp"
#include "check/mistakes.hpp"
#include "check/stack_picture.hpp"
#include "check/stack_read.hpp"
#include "docker/api_codec.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/check.hpp>

#include <openssl/sha.h>

#include <algorithm>
#include <set>

namespace waggle::discovery {

namespace {

using base::explained;
using model::diagnostic;
using model::severity;

// The name that the proxy derives from the backend's, as Traefik 1 does.
std::string cookie_of(const model::backend& b) {
  if (!b.load_balancer || !b.load_balancer->stickiness) return {};
  if (!b.load_balancer->stickiness->cookie_name.empty()) return b.load_balancer->stickiness->cookie_name;
  const std::string text = "_TRAEFIK_BACKEND_" + b.name;
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  static constexpr char hex[] = "0123456789abcdef";
  return {'_', hex[digest[0] >> 4], hex[digest[0] & 15], hex[digest[1] >> 4], hex[digest[1] & 15], hex[digest[2] >> 4]};
}

check_frontend frontend_of(const model::frontend& f, const model::configuration& config, const std::string& service) {
  check_frontend out;
  out.name = f.name;
  out.backend = f.backend;
  for (const auto& r : f.routes) out.rule += (out.rule.empty() ? "" : " and ") + r.rule;
  out.entry_points = f.entry_points;
  out.priority = static_cast<int>(model::priority_of(f));
  const auto b = std::find_if(config.backends.begin(), config.backends.end(),
                              [&](const model::backend& one) { return one.name == f.backend; });
  if (b == config.backends.end()) return out;
  out.cookie = cookie_of(*b);
  for (const auto& s : b->servers) {
    if (s.origin.service_name != service) continue;
    out.port = s.port;
    out.scheme = s.scheme;
    break;
  }
  return out;
}

check_report report_of(const translation& made) {
  check_report out;
  out.config = made.config;
  for (const auto& v : *made.verdicts) {
    auto& service = out.services.emplace_back();
    service.verdict = v;
    if (!made.config) continue;
    const std::set<std::string> names(v.frontends.begin(), v.frontends.end());
    for (const auto& f : made.config->frontends)
      if (names.contains(f.name)) service.frontends.push_back(frontend_of(f, *made.config, v.service));
  }
  if (made.refused)
    out.general.push_back({severity::error, "configuration-refused", "", "",
                           "a label broke the whole configuration, as in Traefik 1 (--compat=traefik1)",
                           "mend the label that is named below, or start without --compat"});
  return out;
}

void add(check_service& to, std::vector<diagnostic> more) {
  auto& all = to.verdict.diagnostics;
  for (auto& d : more)
    if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(std::move(d));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.level > b.level; });
}

base::explained_result<check_report> check_stack(const check_input& from, const options& opts) {
  const auto file = check::read_stack(from.text, from.stack_name, from.variables);
  if (!file) return file.error();
  const auto picture = check::picture_of(*file);
  auto out = report_of(translator(opts).translate(picture.swarm, picture.own, false));
  out.stack_name = file->name;
  if (const auto* proxy = file->proxy()) out.own_service = check::full_name(*file, *proxy);
  for (const auto& s : file->services) {
    const auto at = std::find_if(out.services.begin(), out.services.end(), [&](const check_service& one) {
      return one.verdict.service == check::full_name(*file, s);
    });
    if (at == out.services.end()) continue;
    for (const auto& l : s.container_labels) at->lines.emplace(l.key, l.line);
    for (const auto& l : s.deploy_labels) at->lines[l.key] = l.line;
    add(*at, check::mistakes_of(*file, s, at->verdict));
    // waggle itself is not meant to be routed: nothing to say about it.
    if (at->verdict.service == out.own_service)
      std::erase_if(at->verdict.diagnostics, [](const diagnostic& d) { return d.code == "no-labels"; });
  }
  return out;
}

// Whose networks waggle would be on. A captured state does not tell images apart, so it goes by the name, "traefik" or
// "edge_waggle", if just one service has such a name.
const service_view* proxy_of(const snapshot& picture) {
  const service_view* out = nullptr;
  for (const auto& view : picture.services) {
    const std::string& name = view->spec.name;
    const std::string_view last = std::string_view(name).substr(name.rfind('_') + 1);
    if (last != "traefik" && last != "waggle") continue;
    if (out != nullptr) return nullptr;
    out = view.get();
  }
  return out;
}

own_networks networks_of(const service_view* proxy, const network_map& networks) {
  if (proxy == nullptr) return {};
  std::map<std::string, std::string> out;
  for (const auto& t : proxy->tasks)
    for (const auto& a : t.attachments)
      if (const auto n = networks.find(a.network_id); n != networks.end()) out.emplace(n->first, n->second.name);
  if (out.empty()) return {};
  return out;
}

base::explained_result<check_report> check_state(const check_input& from, const options& opts) {
  auto state = decode_state(from.text);
  if (!state) return state.error();
  snapshot picture;
  for (auto& n : state->networks) picture.networks[n.id] = n;
  picture.services = assemble(std::move(state->services), std::move(state->tasks), {});
  const service_view* proxy = proxy_of(picture);
  auto out = report_of(translator(opts).translate(picture, networks_of(proxy, picture.networks), false));
  if (proxy != nullptr) out.own_service = proxy->spec.name;
  for (const auto& view : picture.services) {
    if (view.get() == proxy) continue;
    const auto at = std::find_if(out.services.begin(), out.services.end(), [&](const check_service& one) {
      return one.verdict.service_id == view->spec.id;
    });
    if (at == out.services.end()) continue;
    std::vector<diagnostic> found;
    for (const auto& [key, value] : view->spec.labels)
      if (key.starts_with("traefik.") || key.starts_with("waggle."))
        if (auto d = check::judge_value(key, value)) found.push_back(std::move(*d));
    add(*at, std::move(found));
  }
  return out;
}

}  // namespace

std::size_t check_report::problems() const noexcept {
  const auto count = [](const std::vector<diagnostic>& all) {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [](const diagnostic& d) { return d.level >= severity::warning; }));
  };
  std::size_t out = count(general);
  for (const auto& s : services) out += count(s.verdict.diagnostics);
  return out;
}

void tell_refusals(check_report& report, const refusals& refused) {
  for (check_service& s : report.services) tell_refusals(s.verdict, refused);
}

base::explained_result<check_report> run_check(const check_input& from, const options& opts) {
  return from.what == check_input::kind::stack ? check_stack(from, opts) : check_state(from, opts);
}

base::explained_result<std::vector<std::string>> own_flags(const check_input& from) {
  if (from.what != check_input::kind::stack) return std::vector<std::string>{};
  const auto file = check::read_stack(from.text, from.stack_name, from.variables);
  if (!file) return file.error();
  const auto* proxy = file->proxy();
  return proxy == nullptr ? std::vector<std::string>{} : proxy->command;
}

}  // namespace waggle::discovery
