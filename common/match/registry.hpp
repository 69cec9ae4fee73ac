// The list of rule functions: name → how to build it. Adding a matcher = one file and one row in registry.cpp.
#pragma once

#include <waggle/match/rule.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::match {

/// What the parts of one rule are collected into.
struct rule_builder {
  bool keep_trailing_slash = false;
  std::vector<std::unique_ptr<const matcher>> matchers;
  std::vector<std::string> hosts;
  bool has_path = false, path_before_host = false;  ///< Path kinds that may redirect
  rewrite rewrites;
  std::vector<std::string> warnings;
};

using build_function = base::text_result<void> (*)(const rule_part& part, rule_builder& out);

struct matcher_row {
  std::string_view name;
  build_function build;
};

/// Every known rule function, in the order of the documentation.
std::span<const matcher_row> registry() noexcept;

// One per file.
base::text_result<void> build_host(const rule_part&, rule_builder&);
base::text_result<void> build_host_regexp(const rule_part&, rule_builder&);
base::text_result<void> build_path(const rule_part&, rule_builder&);
base::text_result<void> build_path_strip(const rule_part&, rule_builder&);
base::text_result<void> build_path_strip_regex(const rule_part&, rule_builder&);
base::text_result<void> build_path_prefix(const rule_part&, rule_builder&);
base::text_result<void> build_path_prefix_strip(const rule_part&, rule_builder&);
base::text_result<void> build_path_prefix_strip_regex(const rule_part&, rule_builder&);
base::text_result<void> build_method(const rule_part&, rule_builder&);
base::text_result<void> build_headers(const rule_part&, rule_builder&);
base::text_result<void> build_headers_regexp(const rule_part&, rule_builder&);
base::text_result<void> build_query(const rule_part&, rule_builder&);
base::text_result<void> build_add_prefix(const rule_part&, rule_builder&);
base::text_result<void> build_replace_path(const rule_part&, rule_builder&);
base::text_result<void> build_replace_path_regex(const rule_part&, rule_builder&);

}  // namespace waggle::match
