#include "admin/dashboard.hpp"

#include "admin/page_file.hpp"

#include <string>

namespace waggle::app::admin {
namespace {

constexpr std::string_view root = "/dashboard/";

std::string_view type_of(std::string_view name) noexcept {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

response to_page() {
  response out;
  out.status = 302;  // as Traefik 1.7
  out.location = root;
  return out;
}

}  // namespace

std::optional<response> dashboard(std::string_view path) {
  if (path == "/" || path == "/dashboard" || path == "/dashboard/status") return to_page();
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (path.empty()) path = "index.html";
  for (const page_file& f : page_files()) {
    if (f.name != path) continue;
    response out;
    out.content_type = type_of(f.name);
    out.body = f.bytes;
    out.nosniff = true;
    out.fields =
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
        "Referrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\nCache-Control: no-cache\r\n";
    return out;
  }
  return std::nullopt;
}

}  // namespace waggle::app::admin
