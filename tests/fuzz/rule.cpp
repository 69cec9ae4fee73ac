// Rules: whatever a label says compiles or is explained, matches in bounded time, and rewrites to a clean path.
#include "fuzz.hpp"

#include "http1/chars.hpp"
#include "routing/rewrite.hpp"

#include <waggle/match/rule.hpp>

using namespace waggle;
using waggle::fuzz::require;
using waggle::fuzz::text_of;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 2'000) return 0;
  const std::string text = text_of(data, size);
  const auto parts = match::parse_rule(text);
  for (const bool keep : {false, true}) {
    const auto rule = match::compiled_rule::compile(text, keep);
    if (!rule) {
      require(!rule.error().reason.empty(), "a refusal without a reason");
      continue;
    }
    require(parts.has_value() && !parts->empty(), "compiled, but not parsed");
    static const http::field fields[] = {{"Host", "example.com"}, {"X-A", "1"}, {"Content-Type", "text/plain"}};
    static const match::request_view requests[] = {
        {"GET", "example.com", "/foo/bar", "a=1&b=%20", fields}, {"POST", "", "/", "", {}}, {"GET", "a.b.c", "/x y/\r\n\xff%2F/", "=&;%zz", fields}};
    for (const match::request_view& r : requests) {
      const match::match_result m = (*rule)->match(r);
      require(!m.with_slash || m.redirect_slash || m.redirect_left, "with a slash, but no redirect");
      require(!m.redirect_left || !m.matched, "a redirect is left though all matched");
      require(!m.redirect_slash || m.matched, "a redirect without a match");
      require(!keep || !(m.redirect_slash || m.redirect_left), "redirected although slashes are kept");
    }
    if ((*rule)->rewrites().empty()) continue;
    for (const char* path : {"/foo/bar", "/", "/x%20y/%0d%0a/z"}) {
      std::string decoded = path;
      if (decoded.size() > 10) decoded = "/x y/\r\n/z";
      const auto out = proxy::apply_rewrite((*rule)->rewrites(), path, decoded);
      if (!out) continue;
      require(out->path.starts_with('/'), "no path");
      for (const char c : out->path) require(c == '%' || proxy::http1::is(c, proxy::http1::target_char), "a byte outside the grammar is forwarded");
      for (const auto& [name, value] : out->fields) {
        require(name == "X-Forwarded-Prefix" || name == "X-Replaced-Path", "a field that nobody asked for");
        for (const char c : value) require(proxy::http1::is(c, proxy::http1::value_char), "a control character in a field");
      }
    }
  }
  return 0;
}
