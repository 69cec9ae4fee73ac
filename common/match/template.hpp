// Traefik 1 templates: literal text with {name} or {name:regex}, turned into one RE2. Linear time, bounded memory.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/match/regex.hpp>

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>

namespace waggle::match {

struct template_options {
  std::string_view default_pattern = "[^/]+";  ///< hosts "[^.]+", paths "[^/]+", queries ".*"
  bool anchor_end = true;                      ///< false for prefixes
  bool optional_slash = false;                 ///< accept one '/' more or less at the end
  bool ignore_case = false;
};

/// @return the expression, or why the template can never match (unbalanced braces, empty name, bad expression, …).
base::text_result<std::shared_ptr<const re2::RE2>> compile_template(std::string_view text, const template_options& options);

}  // namespace waggle::match
