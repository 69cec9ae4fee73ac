// A header field as bytes in somebody else's buffer, and the few pure questions every module asks about one.
#pragma once

#include <waggle/http/field_id.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace waggle::http {

/// Where a field line comes from, which decides how far it goes.
enum class field_origin : std::uint8_t {
  received,
  this_hop,  ///< received, and named by Connection: no further than here (RFC 9110 §7.6.1)
  ours       ///< set by a label, a middleware or a rewrite
};

/// One field line: name and value without surrounding white space. Views; the buffer's owner outlives them.
struct field {
  std::string_view name, value;
  field_id id = field_id::other;  ///< what `name` is, in the list of a message; elsewhere it says nothing
  field_origin origin = field_origin::received;
  bool is_line = false;  ///< its bytes stand in memory as HTTP/1 writes them: "name: value", CR, LF
};

using field_span = std::span<const field>;

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
inline std::string lowered(std::string text) {
  for (char& c : text) c = to_lower(c);
  return text;
}

/// ASCII case-insensitive equality (field names, hosts, tokens).
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  return true;
}

/// Whether a server may take the one for the other: names compare without case, CGI and WSGI servers cannot tell '_' from '-'
/// (RFC 3875 section 4.1.18), PHP nor '.', older ones nor any other sign. A field that we set or delete must not come through in
/// such a disguise.
constexpr bool reads_as(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (folded(a[i]) != folded(b[i])) return false;
  return true;
}

/// Value of the first line of that name, empty if there is none.
constexpr std::string_view first_value(field_span fields, std::string_view name) noexcept {
  for (const field& f : fields)
    if (iequals(f.name, name)) return f.value;
  return {};
}

/// Without leading and trailing SP and HTAB (RFC 9110 §5.6.3 OWS).
constexpr std::string_view trim_ows(std::string_view s) noexcept {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// Calls f(member) for each non-empty member of a comma-separated list (RFC 9110 §5.6.1); quoting is not interpreted.
template <class F>
constexpr void for_each_member(std::string_view list, F&& f) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view member = trim_ows(list.substr(0, comma));
    if (!member.empty()) f(member);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace waggle::http
