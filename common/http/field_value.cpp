#include <waggle/http/chars.hpp>
#include <waggle/http/field.hpp>
#include <waggle/http/field_value.hpp>

#include <limits>
#include <string_view>

namespace waggle::http {

bool parse_content_length(std::string_view value, std::uint64_t& out) noexcept {
  bool any = false;
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view member = trim_ows(value.substr(0, comma));
    if (member.empty()) return false;
    std::uint64_t n = 0;
    for (const char c : member) {
      if (!is(c, digit)) return false;
      const auto d = static_cast<std::uint64_t>(c - '0');
      if (n > (static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - d) / 10) return false;
      n = n * 10 + d;
    }
    if (any && n != out) return false;
    out = n;
    any = true;
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

bool names_connection_login(std::string_view value) noexcept {
  bool found = false;
  for_each_member(value, [&](std::string_view member) {  // challenges are a list; what a quoted comma makes of it does no harm
    const std::string_view scheme = member.substr(0, member.find_first_of(" \t"));
    for (const std::string_view one : {"NTLM", "Negotiate", "Nego2", "Kerberos"}) found = found || iequals(scheme, one);
  });
  return found;
}

}  // namespace waggle::http
