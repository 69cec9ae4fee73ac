// Which names and values out of labels may be written into a head.
#pragma once

#include "http1/chars.hpp"

#include <waggle/http/field.hpp>
#include <waggle/http/field_id.hpp>

#include <algorithm>
#include <string_view>

namespace waggle::proxy::http1 {

inline bool valid_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is(c, tchar); });
}

inline bool valid_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return is(c, value_char); });
}

/// Framing is nobody's to change by label, nor is the count that ends loops.
inline bool is_framing(std::string_view name) { return http::is_fixed(http::classify(name)); }

/// The fields by which a loop is suspected: where one of them is edited, turns are counted from the first on.
inline bool hides_way(std::string_view name) noexcept {
  return http::reads_as(name, "X-Forwarded-Server") || http::reads_as(name, "X-Forwarded-For");
}

}  // namespace waggle::proxy::http1
