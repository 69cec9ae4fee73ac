// How the rows of the option tables take over a value: parsed, checked, stored.
#pragma once

#include "options/values.hpp"

#include <string>
#include <string_view>

namespace waggle::app {

inline base::text_result<void> put(bool& to, std::string_view v) {
  const auto parsed = parse_bool(v);
  if (!parsed) return parsed.error();
  to = *parsed;
  return {};
}

inline base::text_result<void> put(std::string& to, std::string_view v) {
  if (v.empty()) return base::text_error{"expected a text that is not empty"};
  to = v;
  return {};
}

/// May be empty, as the variable of a stack file is that nobody has set: none then.
inline base::text_result<void> put_name(std::string& to, std::string_view v) {
  to = v;
  return {};
}

/// Accepted so that a Traefik stack starts; there is nothing to set.
template <class Parsed>
base::text_result<void> only_check(const Parsed& parsed) {
  if (!parsed) return parsed.error();
  return {};
}

}  // namespace waggle::app
