// The facade of "waggle check": input → picture → translation → report.
#include "check/mistakes.hpp"
#include "check/stack_snapshot.hpp"
#include "check/stack_read.hpp"
#include "docker/api_codec.hpp"
#include "translate/translate.hpp"

#include <waggle/discovery/check.hpp>
#include <waggle/http/sticky_cookie.hpp>
#include <waggle/model/tcp_rule_text.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

using base::text_error;
using model::diagnostic;
using model::severity;

std::string cookie_of(const model::service& s, const model::load_balancer& b) {
  if (!b.balance || !b.balance->stickiness) return {};
  return http::sticky_cookie_name(b.balance->stickiness->cookie_name, s.name);
}

check_frontend frontend_of(const model::router& f, const model::configuration& config, const std::string& service) {
  check_frontend out;
  out.name = f.name;
  out.backend = f.service;
  for (const auto& r : f.rule.parts) out.rule += (out.rule.empty() ? "" : " and ") + r.rule;
  out.entry_points = f.entry_points;
  out.priority = static_cast<int>(model::priority_of(f));
  const model::service* const to = find_named(config.http.services, f.service);
  const model::load_balancer* const b = to == nullptr ? nullptr : balancer_of(*to);
  if (b == nullptr) return out;
  out.cookie = cookie_of(*to, *b);
  for (const auto& s : b->servers) {
    if (s.origin.service_name != service) continue;
    out.port = s.port;
    out.scheme = s.scheme;
    break;
  }
  return out;
}

std::string rule_of(const model::tcp_router& r) { return model::rule_text(r) + (r.tls == model::tcp_tls::passthrough ? ", TLS passed through" : ""); }
std::string rule_of(const model::udp_router&) { return {}; }

template <class Router, class Service>
void add_streams(check_service& to, const char* protocol, const std::vector<std::string>& names, const model::parts<Router>& routers,
                 const model::parts<Service>& services) {
  for (const std::string& name : names) {
    const Router* const r = find_named(routers, name);
    if (r == nullptr) continue;
    check_stream out{protocol, name, rule_of(*r), r->service, {}, r->entry_points};
    if (const Service* const s = find_named(services, r->service)) {
      out.scheduler = model::word_of(s->scheduling.policy);
      const auto own =
          std::find_if(s->servers.begin(), s->servers.end(), [&](const model::server& m) { return m.origin.service_name == to.verdict.service; });
      if (own != s->servers.end()) out.port = own->port;
    }
    to.streams.push_back(std::move(out));
  }
}

check_report report_of(const translation& made) {
  check_report out;
  out.config = made.config;
  for (const auto& v : *made.verdicts) {
    auto& service = out.services.emplace_back();
    service.verdict = v;
    if (!made.config) continue;
    const std::set<std::string> names(v.frontends.begin(), v.frontends.end());
    for (const auto& f : made.config->http.routers)
      if (names.contains(f.name)) service.frontends.push_back(frontend_of(f, *made.config, v.service));
    add_streams(service, "tcp", v.tcp_routers, made.config->tcp.routers, made.config->tcp.services);
    add_streams(service, "udp", v.udp_routers, made.config->udp.routers, made.config->udp.services);
  }
  if (made.refused)
    out.general.push_back({severity::error, "configuration-refused", "", "",
                           "a label broke the whole configuration, as in Traefik 1 (--compat=traefik1)",
                           "mend the label that is named below, or start without --compat"});
  return out;
}

void add(check_service& to, std::vector<diagnostic> more) {
  auto& all = to.verdict.diagnostics;
  // What a wrong `$` made of a hash was not written so.
  for (const auto& d : more)
    if (d.code == "dollar-not-doubled") std::erase_if(all, [&](const diagnostic& o) { return o.code == "unusable-hash" && o.label == d.label; });
  for (auto& d : more)
    if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(std::move(d));
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.level > b.level; });
}

void add_places(check_service& to, const check::stack_service& from) {
  for (const auto& l : from.container_labels) to.lines.emplace(l.key, check_place{l.line, l.file});
  for (const auto& l : from.deploy_labels) to.lines[l.key] = {l.line, l.file};
}

base::text_result<check_report> check_stack(const check_input& from, const options& opts) {
  const auto file = check::read_stack(from.files, from.stack_name, from.variables);
  if (!file) return file.error();
  const auto picture = check::picture_of(*file);
  auto out = report_of(translator(opts).translate(picture.swarm, picture.own, false));
  out.general.insert(out.general.begin(), file->findings.begin(), file->findings.end());
  out.stack_name = file->name;
  if (const auto* proxy = file->proxy()) out.own_service = check::full_name(*file, *proxy);
  for (const auto& s : file->services) {
    const auto at = std::find_if(out.services.begin(), out.services.end(),
                                 [&](const check_service& one) { return one.verdict.service == check::full_name(*file, s); });
    if (at == out.services.end()) continue;
    add_places(*at, s);
    add(*at, check::mistakes_of(*file, s, at->verdict));
    // waggle itself is not meant to be routed: nothing to say about it.
    if (at->verdict.service == out.own_service) std::erase_if(at->verdict.diagnostics, [](const diagnostic& d) { return d.code == "no-labels"; });
  }
  return out;
}

// "edge-waggle-1" → "waggle", as compose names its containers.
std::string_view service_part(std::string_view name) {
  if (const auto number = name.rfind('-');
      number != std::string_view::npos && name.find_first_not_of("0123456789", number + 1) == std::string_view::npos)
    name = name.substr(0, number);
  return name.substr(name.rfind('-') + 1);
}

// Whose networks waggle would be on. A captured state does not tell images apart, so it goes by the name, "traefik" or
// "edge_waggle", if just one service has such a name; a container may be called "edge-waggle-1".
const service_view* proxy_of(const snapshot& picture) {
  const service_view* out = nullptr;
  for (const auto& view : picture.services) {
    const std::string& name = view->spec.name;
    std::string_view last = std::string_view(name).substr(name.rfind('_') + 1);
    if (view->spec.container) last = service_part(last);
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
  if (out.empty() || std::any_of(out.begin(), out.end(), [](const auto& n) { return n.second == "host"; })) return {};
  return out;
}

base::text_result<check_report> check_state(const check_input& from, options opts) {
  auto state = decode_state(from.text);
  if (!state) return state.error();
  snapshot picture;
  opts.swarm_mode = !state->of_containers;
  if (state->of_containers) picture = picture_of_containers(std::move(state->containers), opts.use_bind_port_ip, {});
  for (auto& n : state->networks) picture.networks[n.id] = n;
  if (!state->of_containers) picture.services = assemble(std::move(state->services), std::move(state->tasks), {});
  const service_view* proxy = proxy_of(picture);
  auto out = report_of(translator(opts).translate(picture, networks_of(proxy, picture.networks), false));
  if (proxy != nullptr) out.own_service = proxy->spec.name;
  return out;
}

void add_names(std::vector<std::string>& to, std::string_view list) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty() && std::find(to.begin(), to.end(), one) == to.end()) to.emplace_back(one);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

void add_named(std::vector<std::string>& to, std::string_view key, std::string_view value) {
  if (key.starts_with("traefik.") && (key.ends_with(".frontend.entryPoints") || key.ends_with(".frontend.redirect.entryPoint"))) add_names(to, value);
}

}  // namespace

std::size_t check_report::problems() const noexcept {
  const auto count = [](const std::vector<diagnostic>& all) {
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const diagnostic& d) { return d.level >= severity::warning; }));
  };
  std::size_t out = count(general);
  for (const auto& s : services) out += count(s.verdict.diagnostics);
  return out;
}

void tell_refusals(check_report& report, const refusals& refused) {
  for (check_service& s : report.services) tell_refusals(s.verdict, refused);
}

base::text_result<check_report> run_check(const check_input& from, const options& opts) {
  return from.what == check_input::kind::stack ? check_stack(from, opts) : check_state(from, opts);
}

base::text_result<own_command> own_command_of(const check_input& from) {
  own_command out;
  if (from.what != check_input::kind::stack) return out;
  const auto file = check::read_stack(from.files, from.stack_name, from.variables);
  if (!file) return file.error();
  const auto* proxy = file->proxy();
  if (proxy == nullptr) return out;
  out.there = true;
  out.flags = proxy->command;
  for (const auto& m : proxy->mounts) out.files.emplace(m.target, m.source);
  return out;
}

namespace {

/// read(key, value) for each label of each service, service(labels) behind those of one. Nothing, where the input cannot be read.
template <class Read, class Done>
void for_labels(const check_input& from, Read read, Done done) {
  if (from.what == check_input::kind::stack) {
    const auto file = check::read_stack(from.files, from.stack_name, from.variables);
    if (!file) return;
    for (const auto& s : file->services) {
      for (const auto& l : s.deploy_labels) read(l.key, l.value);
      done();
    }
  } else if (const auto state = decode_state(from.text)) {
    const auto all = [&](const auto& list) {
      for (const auto& s : list) {
        for (const auto& [key, value] : s.labels) read(key, value);
        done();
      }
    };
    all(state->services);
    all(state->containers);
  }
}

/// What labels say of one protocol's entry points.
struct layer4_names {
  std::vector<std::string> named;
  bool unnamed = false;                        // a service leaves it open
  bool port_here = false, entry_here = false;  // of the service that is read

  void read(std::string_view key, std::string_view value, std::string_view part) {
    if (!key.starts_with("waggle.") && !key.starts_with("traefik.")) return;
    const auto at = key.find(part);
    if (at == std::string_view::npos) return;
    const std::string_view last = key.substr(key.rfind('.') + 1);
    if (last == "entryPoint" || last == "entryPoints" || last == "entrypoints") {
      add_names(named, value);
      entry_here = true;
    }
    port_here = port_here || (last == "port" && key.find("ealthCheck") == std::string_view::npos);
  }
  void done() {
    unnamed = unnamed || (port_here && !entry_here);
    port_here = entry_here = false;
  }
  void add_to(std::vector<entry_point_facts>& out, model::protocol protocol, const char* name) const {
    for (const std::string& n : named) out.push_back({n, protocol, 0, false});
    if (named.empty() && unnamed) out.push_back({name, protocol, 0, false});
  }
};

}  // namespace

std::vector<std::string> entry_points_named(const check_input& from) {
  std::vector<std::string> out;
  for_labels(
      from, [&](const std::string& key, const std::string& value) { add_named(out, key, value); }, [] {});
  return out;
}

std::vector<entry_point_facts> layer4_entry_points_named(const check_input& from) {
  layer4_names tcp, udp;
  for_labels(
      from,
      [&](const std::string& key, const std::string& value) {
        tcp.read(key, value, ".tcp.");
        udp.read(key, value, ".udp.");
      },
      [&] {
        tcp.done();
        udp.done();
      });
  std::vector<entry_point_facts> out;
  tcp.add_to(out, model::protocol::tcp, "tcp");
  udp.add_to(out, model::protocol::udp, "udp");
  return out;
}

}  // namespace waggle::discovery
