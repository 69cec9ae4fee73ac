// What parsing a command line gives, for tests of it.
#pragma once

#include "options/complaints.hpp"
#include "options/parse.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

namespace waggle::app {

using args = std::vector<std::string>;

inline settings parsed(const args& a) {
  const auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  INFO((out ? std::string{} : out.error().reason));
  REQUIRE(out.has_value());
  return out->values;
}

inline std::string refused(const args& a) {
  const auto out = parse_options({.args = a, .environment = {}, .search_dirs = {}});
  REQUIRE_FALSE(out.has_value());
  for (const std::string& one : apart(out.error().reason)) CHECK(one.find('\n') == std::string::npos);
  return out.error().reason;
}

}  // namespace waggle::app
