// Which names and values out of labels may be written into a head.
#pragma once

#include "http1/chars.hpp"
#include "http1/framing.hpp"

#include <waggle/http/field.hpp>
#include <waggle/http/field_id.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waggle::proxy::http1 {

inline bool valid_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is(c, tchar); });
}

inline bool valid_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return is(c, value_char); });
}

/// Framing is nobody's to change by label, nor is the count that ends loops.
inline bool is_framing(std::string_view name) {
  const field_id id = classify(name);
  return id == field_id::content_length || id == field_id::transfer_encoding ||
         id == field_id::connection || id == field_id::host || id == field_id::waggle_hops;
}

/// Whether a server may take the one for the other: names compare without case, CGI and WSGI servers cannot tell '_' from '-'
/// (RFC 3875 section 4.1.18), PHP nor '.', older ones nor any other sign. A field that we set or delete must not come through in
/// such a disguise.
inline bool reads_as(std::string_view a, std::string_view b) noexcept {
  const auto fold = [](char c) { return is(c, hex | unreserved) && c != '_' && c != '.' && c != '~' ? http::to_lower(c) : '-'; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return fold(x) == fold(y); });
}

/// The fields by which a loop is suspected: where one of them is edited, turns are counted from the first on.
inline bool hides_way(std::string_view name) noexcept { return reads_as(name, "X-Forwarded-Server") || reads_as(name, "X-Forwarded-For"); }

/// Credentials by which a server logs its connection in (NTLM, Negotiate), whoever wrote them: a label, or an auth server that
/// signs on for its users.
inline bool sets_login(const std::vector<std::pair<std::string, std::string>>& set) noexcept {
  return std::any_of(set.begin(), set.end(), [](const auto& f) {
    const field_id id = classify(f.first);
    return (id == field_id::credentials || id == field_id::proxy_authorization) && names_connection_login(f.second);
  });
}

}  // namespace waggle::proxy::http1
