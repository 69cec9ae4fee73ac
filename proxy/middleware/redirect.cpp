// redirect: to the same URL on another entry point, or to what a regular expression makes of the URL (Traefik 1.7 section
// 8.2). Matching sees the URL that the client asked for, so the rule's modifiers need not be undone.
#include "http1/framing.hpp"
#include "middleware/locations.hpp"
#include "middleware/registry.hpp"

#include <waggle/match/regex.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace waggle::proxy::middleware {
namespace {

constexpr std::size_t longest_location = 32 * 1024;

unsigned status_for(std::string_view method, bool permanent) noexcept {
  if (method == "GET") return permanent ? 301 : 302;
  return permanent ? 308 : 307;  // the method must survive
}

class redirect_to_entry_point final : public step {
 public:
  redirect_to_entry_point(std::string name, std::string port, bool tls, bool permanent)
      : name_(std::move(name)), port_(std::move(port)), scheme_(tls ? "https://" : "http://"), permanent_(permanent) {}

  step_result on_request(const request_info& about, http::request&) const override {
    if (about.entry_point == name_) return passed{};
    // Without a host (HTTP/1.0) there is no URL to send the client to, and letting it pass would open what was to be moved.
    const std::string_view host = about.request.authority;
    if (host.empty()) return local_answer{400, {}, "400 Bad Request\n"};
    const std::string url = std::string(scheme_) + std::string(http1::host_name(host)) + ":" + port_ + original_target(about);
    if (url == original_url(about)) return passed{};
    return plain_redirect(status_for(about.request.method, permanent_), url);
  }

 private:
  std::string name_, port_;
  std::string_view scheme_;
  bool permanent_;
};

class redirect_by_regex final : public step {
 public:
  redirect_by_regex(std::shared_ptr<const re2::RE2> re, std::string replacement, bool permanent)
      : re_(std::move(re)), replacement_(std::move(replacement)), permanent_(permanent) {}

  step_result on_request(const request_info& about, http::request&) const override {
    const std::string url = original_url(about);
    if (!match::contains_match(*re_, url)) return passed{};
    const std::optional<std::string> next = match::replace_matches(*re_, url, replacement_, longest_location);
    if (!next) return local_answer{500, {}, "Internal Server Error"};
    if (*next == url) return passed{};
    return plain_redirect(status_for(about.request.method, permanent_), *next);
  }

 private:
  std::shared_ptr<const re2::RE2> re_;
  std::string replacement_;
  bool permanent_;
};

}  // namespace

built_step make_redirect(const model::redirect& r, const step_context& context) {
  const auto nothing = [] { return std::unique_ptr<const step>(); };
  const auto failed = [](const std::string& why) { return base::text_error{"error creating Frontend Redirect: " + why}; };
  if (!r.entry_point.empty()) {
    const entry_point* target = nullptr;
    for (const entry_point& e : context.opts.entry_points)
      if (!target && e.name == r.entry_point) target = &e;
    if (!target) {
      // Traefik's text names the entry point at hand, which helps nobody to find the missing one.
      const std::string source = context.entry_points.empty() ? std::string() : context.entry_points.front();
      return failed("unknown target entrypoint \"" + (context.opts.compat_traefik1 ? source : r.entry_point) + "\"");
    }
    if (context.entry_points.size() == 1 && context.entry_points.front() == target->name) return nothing();
    const std::string port = target->address.substr(target->address.rfind(':') + 1);
    if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos) return failed("bad Address format \"" + target->address + "\"");
    constexpr bool tls = false;  // entry points have no TLS yet; then "https" and the same port rule
    return std::unique_ptr<const step>(std::make_unique<redirect_to_entry_point>(target->name, port, tls, r.permanent));
  }
  if (r.regex.empty() || r.replacement.empty()) return nothing();
  if (r.replacement.find("{{") != std::string::npos) return failed("templates in the replacement are not served: " + r.replacement);
  auto re = match::compile_regex(r.regex);
  if (!re) return failed(re.error().reason);
  std::string replacement = match::to_re2_replacement(r.replacement, **re);
  return std::unique_ptr<const step>(std::make_unique<redirect_by_regex>(std::move(*re), std::move(replacement), r.permanent));
}

}  // namespace waggle::proxy::middleware
