#include "access/layout.hpp"

#include <waggle/http/field.hpp>

#include <string>

namespace waggle::proxy::access {
namespace {

constexpr std::string_view secrets[] = {"Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization"};

}  // namespace

layout::layout(const access_log_options& from) : options(from) {
  for (std::size_t i = 0; i < field_names.size(); ++i) {
    const auto named = options.by_name.find(std::string(field_names[i]));
    mode[i] = named == options.by_name.end() ? options.fields : named->second;
  }
  referer = header_mode("Referer");
  agent = header_mode("User-Agent");
}

field_mode layout::header_mode(std::string_view name) const {
  for (const auto& [key, wish] : options.by_header)
    if (http::iequals(key, name)) return wish;
  if (options.headers == field_mode::keep)
    for (const std::string_view s : secrets)
      if (http::iequals(s, name)) return field_mode::redact;
  return options.headers;
}

}  // namespace waggle::proxy::access
