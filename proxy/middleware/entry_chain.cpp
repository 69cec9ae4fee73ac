#include "middleware/entry_chain.hpp"

#include "io/side_threads.hpp"
#include "middleware/registry.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

bool is_defined(const options& opts, const std::string& name) {
  const auto named = [&](const entry_point& e) { return e.name == name; };
  return std::any_of(opts.entry_points.begin(), opts.entry_points.end(), named);
}

step_context context_of(const entry_point& e, const options& opts, base::logger& log) {
  return {opts, log, log, e.name, {&e.name, 1}, io::side_threads::owner_of(e.name)};
}

/// Makes a step of an option that is set, as make_… do. @return why it cannot be made.
template <class Option>
base::text_result<void> put(entry_chain& out, const std::optional<Option>& option, built_step (*make)(const Option&, const step_context&),
                            const step_context& context, const char* log_prefix) {
  if (!option) return {};
  built_step made = make(*option, context);
  if (!made) return made.error();
  if (*made) out.push_back({std::move(*made), log_prefix});
  return {};
}

}  // namespace

base::text_result<std::shared_ptr<const entry_chain>> build_entry_chain(const entry_point& entry, const options& opts, base::logger& log) {
  if (entry.redirect && !entry.redirect->entry_point.empty() && !is_defined(opts, entry.redirect->entry_point))
    return base::text_error{"Redirect.EntryPoint: there is no entry point " + entry.redirect->entry_point};
  const step_context context = context_of(entry, opts, log);
  auto out = std::make_shared<entry_chain>();
  // traefik1.md 8.1: redirect, auth, (compression,) white list
  if (auto ok = put(*out, entry.redirect, &make_redirect, context, "entrypoint redirect for "); !ok) return ok.error();
  if (auto ok = put(*out, entry.auth, &make_auth, context, "Auth for entrypoint "); !ok) return ok.error();
  if (auto ok = put(*out, entry.white_list, &make_white_list, context, "ipwhitelister for entrypoint "); !ok) return ok.error();
  if (out->empty()) return std::shared_ptr<const entry_chain>();
  return std::shared_ptr<const entry_chain>(std::move(out));
}

}  // namespace waggle::proxy::middleware
