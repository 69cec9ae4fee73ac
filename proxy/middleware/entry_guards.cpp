#include "middleware/entry_guards.hpp"

#include "middleware/registry.hpp"

#include <algorithm>

namespace waggle::proxy::middleware {
namespace {

struct part {
  build_function build;
  const char* told_as;
};

constexpr part parts[] = {  // traefik1.md 8.1: redirect, auth, (compression,) white list
    {build_redirect, "entrypoint redirect for "},
    {build_auth, "Auth for entrypoint "},
    {build_white_list, "ipwhitelister for entrypoint "},
};

bool is_defined(const options& opts, const std::string& name) {
  const auto named = [&](const entry_point& e) { return e.name == name; };
  return std::any_of(opts.entry_points.begin(), opts.entry_points.end(), named) ||
         std::any_of(opts.other_entry_points.begin(), opts.other_entry_points.end(), named);
}

}  // namespace

base::explained_result<std::shared_ptr<const entry_guards>> build_entry_guards(const entry_point& entry, const options& opts,
                                                                               base::logger& log) {
  std::shared_ptr<const entry_guards> none;
  if (!entry.redirect && !entry.auth && !entry.white_list) return none;
  if (entry.redirect && !entry.redirect->entry_point.empty() && !is_defined(opts, entry.redirect->entry_point))
    return base::explained{"Redirect.EntryPoint: there is no entry point " + entry.redirect->entry_point};
  // The same options as a frontend has, so the same code builds them.
  model::frontend as_frontend;
  as_frontend.name = entry.name;
  as_frontend.entry_points = {entry.name};
  as_frontend.options.redirect = entry.redirect;
  as_frontend.options.auth = entry.auth;
  as_frontend.options.white_list = entry.white_list;
  limit_registry no_limits;
  const std::string no_provider;
  auto out = std::make_shared<entry_guards>();
  for (const part& p : parts) {
    chain one;
    if (auto built = p.build(as_frontend, model::backend{}, {opts, no_limits, log, no_provider}, one); !built) return built.error();
    for (auto& guard : one.guards) out->push_back({std::move(guard), p.told_as});
  }
  if (out->empty()) return none;
  return std::shared_ptr<const entry_guards>(std::move(out));
}

}  // namespace waggle::proxy::middleware
