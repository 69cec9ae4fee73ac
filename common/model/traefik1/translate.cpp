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
void add(std::vector<middleware>& to, std::string_view owner, std::optional<Kind>& option) {
  if (option) to.push_back({name_of<Kind>(owner), std::move(*option)});
}

// What goes into the pieces is taken out of the whole; middlewares first.

std::vector<middleware> take_middlewares(frontend& from) {
  frontend_options& o = from.options;
  const std::string& owner = identity_of(from);  // not the name: its index moves
  std::vector<middleware> out;
  std::size_t number = 0;
  for (auto& [name, page] : o.errors) {
    out.push_back({name_of<error_page>(std::to_string(number++) + "/" + owner), std::move(page)});
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

std::vector<middleware> take_middlewares(backend& from) {
  std::vector<middleware> out;
  add(out, from.name, from.circuit_breaker);
  add(out, from.name, from.buffering);
  add(out, from.name, from.max_conn);
  return out;
}

router take_router(frontend& from) {
  router out;
  out.name = std::move(from.name);
  out.entry_points = std::move(from.entry_points);
  out.rule.parts = std::move(from.routes);
  out.priority = from.priority;
  out.service = std::move(from.backend);
  out.pass_host_header = from.pass_host_header;
  out.pass_tls_cert = from.options.pass_tls_cert;
  out.before_entry_steps = from.before_entry_steps;
  out.swarm_service = std::move(from.service);
  out.identity = std::move(from.identity);
  return out;
}

service take_service(backend& from) { return {std::move(from.name), load_balancer{std::move(static_cast<server_group&>(from))}}; }

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

frontend_pieces pieces_of(frontend from) {
  frontend_pieces out;
  out.middlewares = take_middlewares(from);
  out.router = take_router(from);
  return out;
}

backend_pieces pieces_of(backend from) {
  backend_pieces out;
  out.middlewares = take_middlewares(from);
  out.service = take_service(from);
  return out;
}

void put_in_order(std::vector<const middleware*>& of_both) {
  const auto by_kind = [](const middleware* a, const middleware* b) { return a->kind.index() < b->kind.index(); };
  if (!std::is_sorted(of_both.begin(), of_both.end(), by_kind)) std::stable_sort(of_both.begin(), of_both.end(), by_kind);
}

model::configuration translated(configuration from) {
  model::configuration out;
  http_configuration& to = out.http;
  to.routers.reserve(from.frontends.size());
  to.services.reserve(from.backends.size());
  std::unordered_map<std::string, std::vector<const middleware*>> of_backend;
  std::vector<const middleware*> all;  // a router's
  const auto put = [&](std::vector<middleware>& some) {
    for (middleware& m : some) all.push_back(&to.middlewares.emplace_back(std::move(m)));
  };
  for (backend& b : from.backends) {
    backend_pieces its = pieces_of(std::move(b));
    all.clear();
    put(its.middlewares);
    of_backend.try_emplace(its.service.name, all);
    to.services.push_back(std::move(its.service));
  }
  for (frontend& f : from.frontends) {
    frontend_pieces its = pieces_of(std::move(f));
    all.clear();
    put(its.middlewares);
    if (const auto b = of_backend.find(its.router.service); b != of_backend.end()) all.insert(all.end(), b->second.begin(), b->second.end());
    put_in_order(all);
    for (const middleware* m : all) its.router.middlewares.push_back(m->name);
    to.routers.push_back(std::move(its.router));
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
  if (const load_balancer* const from = balancer_of(one)) static_cast<server_group&>(out) = *from;
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
