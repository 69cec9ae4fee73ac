#include <waggle/model/traefik1/translate.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>

namespace waggle::model::traefik1 {

namespace {

/// Of the middlewares' names, by kind.
constexpr std::array<std::string_view, std::variant_size_v<middleware::any_kind>> words{
    "errors", "white-list", "redirect", "headers", "tls-client-cert", "auth", "circuit-breaker", "buffering", "max-conn", "rate-limit"};
static_assert(!words.back().empty());  // a word for each kind

template <class Kind, std::size_t At = 0>
constexpr std::size_t index_of() {
  if constexpr (std::is_same_v<Kind, std::variant_alternative_t<At, middleware::any_kind>>) return At;
  else return index_of<Kind, At + 1>();
}

/// "auth/web": the kind comes first, so that no name of a frontend can make it another's. A frontend and a backend of one name have
/// no kind in common.
template <class Kind>
std::string name_of(std::string_view owner) {
  return std::string(words[index_of<Kind>()]) + "/" + std::string(owner);
}

template <class Kind>
void add(std::vector<middleware>& to, std::string_view owner, const std::optional<Kind>& option) {
  if (option) to.push_back({name_of<Kind>(owner), *option});
}

template <class Kind>
const Kind* kind_of(const http_configuration& all, std::string_view owner) {
  const middleware* const found = find_named(all.middlewares, name_of<Kind>(owner));
  return found == nullptr ? nullptr : std::get_if<Kind>(&found->kind);
}

template <class Kind>
void set(std::optional<Kind>& option, const Kind& value) {
  if (!option) option = value;
}

template <class Kind>
std::optional<Kind> copy_of(const Kind* option) {
  return option == nullptr ? std::nullopt : std::optional(*option);
}

struct put_option {
  frontend_options& to;
  void operator()(const error_page& page) const {
    error_page& mine = to.errors.try_emplace(page.name, page).first->second;
    mine.name.clear();  // the key says it
  }
  void operator()(const white_list& o) const { set(to.white_list, o); }
  void operator()(const redirect& o) const { set(to.redirect, o); }
  void operator()(const headers& o) const { set(to.headers, o); }
  void operator()(const pass_tls_client_cert& o) const { set(to.pass_tls_client_cert, o); }
  void operator()(const auth& o) const { set(to.auth, o); }
  void operator()(const rate_limit& o) const { set(to.rate_limit, o); }
  // The backend's.
  void operator()(const circuit_breaker&) const {}
  void operator()(const buffering&) const {}
  void operator()(const max_conn&) const {}
};

template <class Part>
void sort_by_name(parts<Part>& list) {
  list.sort([](const Part& a, const Part& b) { return a.name < b.name; });
}

}  // namespace

router router_of(const frontend& from) {
  router out;
  out.name = from.name;
  out.entry_points = from.entry_points;
  out.rule.parts = from.routes;
  out.priority = from.priority;
  out.service = from.backend;
  out.pass_host_header = from.pass_host_header;
  out.pass_tls_cert = from.options.pass_tls_cert;
  out.before_entry_steps = from.before_entry_steps;
  out.swarm_service = from.service;
  out.identity = from.identity;
  return out;
}

service service_of(backend from) {
  load_balancer to;
  to.servers = std::move(from.servers);
  to.balance = std::move(from.load_balancer);
  to.health_check = std::move(from.health_check);
  to.response_forwarding = std::move(from.response_forwarding);
  to.timeouts = from.timeouts;
  to.hold = from.hold;
  to.abort_on_close = from.abort_on_close;
  to.slow_start = from.slow_start;
  to.replicas = from.replicas;
  return {std::move(from.name), std::move(to)};
}

std::vector<middleware> middlewares_of(const frontend& from) {
  const frontend_options& o = from.options;
  const std::string& owner = identity_of(from);  // not the name: its index moves
  std::vector<middleware> out;
  std::size_t number = 0;
  for (const auto& [name, page] : o.errors) {
    out.push_back({name_of<error_page>(std::to_string(number++) + "/" + owner), page});
    std::get<error_page>(out.back().kind).name = name;
  }
  add(out, owner, o.white_list);
  add(out, owner, o.redirect);
  add(out, owner, o.headers);
  add(out, owner, o.pass_tls_client_cert);
  add(out, owner, o.auth);
  add(out, owner, o.rate_limit);
  return out;
}

std::vector<middleware> middlewares_of(const backend& from) {
  std::vector<middleware> out;
  add(out, from.name, from.circuit_breaker);
  add(out, from.name, from.buffering);
  add(out, from.name, from.max_conn);
  return out;
}

std::vector<std::string> names_in_order(std::vector<const middleware*> of_both) {
  std::stable_sort(of_both.begin(), of_both.end(), [](const middleware* a, const middleware* b) { return a->kind.index() < b->kind.index(); });
  std::vector<std::string> out;
  out.reserve(of_both.size());
  for (const middleware* m : of_both) out.push_back(m->name);
  return out;
}

model::configuration translated(const configuration& from) {
  model::configuration out;
  http_configuration& to = out.http;
  to.routers.reserve(from.frontends.size());
  to.services.reserve(from.backends.size());
  std::unordered_map<std::string_view, const backend*> by_name;
  for (const backend& b : from.backends) {
    by_name.emplace(b.name, &b);
    to.services.push_back(service_of(b));
    for (middleware& m : middlewares_of(b)) to.middlewares.push_back(std::move(m));
  }
  for (const frontend& f : from.frontends) {
    router r = router_of(f);
    const std::vector<middleware> own = middlewares_of(f);
    const auto b = by_name.find(f.backend);
    const std::vector<middleware> its = b == by_name.end() ? std::vector<middleware>{} : middlewares_of(*b->second);
    std::vector<const middleware*> both;
    for (const auto* list : {&own, &its})
      for (const middleware& m : *list) both.push_back(&m);
    r.middlewares = names_in_order(std::move(both));
    to.routers.push_back(std::move(r));
    for (const middleware& m : own) to.middlewares.push_back(m);
  }
  sort_by_name(to.routers);
  sort_by_name(to.services);
  sort_by_name(to.middlewares);
  return out;
}

frontend_options options_of(const http_configuration& all, const router& one) {
  frontend_options out;
  out.pass_tls_cert = one.pass_tls_cert;
  for (const std::string& name : one.middlewares)
    if (const middleware* const m = find_named(all.middlewares, name)) std::visit(put_option{out}, m->kind);
  return out;
}

backend_middlewares middlewares_of_backend(const http_configuration& all, std::string_view service) {
  return {kind_of<circuit_breaker>(all, service), kind_of<buffering>(all, service), kind_of<max_conn>(all, service)};
}

std::string_view backend_behind(const middleware& one) noexcept {
  const std::size_t kind = one.kind.index();
  if (kind != index_of<circuit_breaker>() && kind != index_of<buffering>() && kind != index_of<max_conn>()) return {};
  const std::string_view word = words[kind], name = one.name;
  return name.starts_with(word) && name.size() > word.size() && name[word.size()] == '/' ? name.substr(word.size() + 1) : std::string_view();
}

frontend frontend_of(const http_configuration& all, const router& one) {
  frontend out;
  out.name = one.name;
  out.entry_points = one.entry_points;
  out.backend = one.service;
  out.routes = one.rule.parts;
  if (one.pass_host_header) out.pass_host_header = *one.pass_host_header;
  else if (const service* const to = find_named(all.services, one.service); to != nullptr)
    if (const load_balancer* const balancer = balancer_of(*to)) out.pass_host_header = balancer->pass_host_header;
  out.priority = one.priority;
  out.options = options_of(all, one);
  out.before_entry_steps = one.before_entry_steps;
  out.service = one.swarm_service;
  out.identity = one.identity;
  return out;
}

backend backend_of(const http_configuration& all, const service& one) {
  backend out;
  out.name = one.name;
  const backend_middlewares its = middlewares_of_backend(all, one.name);
  out.circuit_breaker = copy_of(its.circuit_breaker);
  out.buffering = copy_of(its.buffering);
  out.max_conn = copy_of(its.max_conn);
  const load_balancer* const from = balancer_of(one);
  if (from == nullptr) return out;
  out.servers = from->servers;
  out.load_balancer = from->balance;
  out.health_check = from->health_check;
  out.response_forwarding = from->response_forwarding;
  out.timeouts = from->timeouts;
  out.hold = from->hold;
  out.abort_on_close = from->abort_on_close;
  out.slow_start = from->slow_start;
  out.replicas = from->replicas;
  return out;
}

configuration view_of(const model::configuration& all) {
  configuration out;
  out.backends.reserve(all.http.services.size());
  out.frontends.reserve(all.http.routers.size());
  for (const service& s : all.http.services) out.backends.push_back(backend_of(all.http, s));
  for (const router& r : all.http.routers) out.frontends.push_back(frontend_of(all.http, r));
  return out;
}

}  // namespace waggle::model::traefik1
