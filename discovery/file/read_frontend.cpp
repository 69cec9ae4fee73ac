#include "file/read_frontend.hpp"

#include <waggle/base/log.hpp>
#include <waggle/match/rule.hpp>

#include <string>
#include <utility>

namespace waggle::discovery::file {
namespace {

void read_route(section& from, const std::string& name, model::frontend& to, const frontend_reading& how) {
  model::route_rule out;
  out.name = name;
  if (!from.has("rule")) {
    from.fail("has no rule; write rule = \"Host:shop.example\"");
    return;
  }
  // Rules may stand on several lines: blanks around their parts do not count.
  from.take_lines("rule", out.rule);
  if (const auto compiled = match::compiled_rule::compile(out.rule, how.keep_trailing_slash); compiled.has_error())
    from.fail("rule", base::go_quote(out.rule) + ": " + compiled.error().reason);
  to.routes.push_back(std::move(out));
}

}  // namespace

void read_frontend(section& from, model::frontend& out, const frontend_reading& how) {
  if (!from.has("backend")) from.fail("has no backend; write backend = \"NAME\" of one in [backends]");
  if (from.take("backend", out.backend) && out.backend.empty()) from.fail("backend", "is empty; write the name of one in [backends]");
  from.take("entryPoints", out.entry_points);
  // Unlike labels, Traefik 1.7's file provider decodes into a plain Go struct: not given means false (its issue 3694).
  out.pass_host_header = false;
  from.take("passHostHeader", out.pass_host_header);
  from.take("priority", out.priority);
  from.each("routes", [&](const std::string& name, section& s) { read_route(s, name, out, how); });
  if (out.routes.empty() && !from.has("routes")) from.fail("has no route; add [frontends.NAME.routes.main] with rule = \"Host:shop.example\"");
  read_frontend_options(from, out.options);
}

}  // namespace waggle::discovery::file
