// Regular expressions out of labels: Go's syntax (RE2), bounded in memory and time, with Go's `$1` replacements.
#pragma once

#include <waggle/base/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace waggle::match {

/// A bounded RE2 in Go's syntax, or RE2's own error text.
base::text_result<std::shared_ptr<const re2::RE2>> compile_regex(std::string_view pattern, bool ignore_case = false);

/// Go's $1, ${1}, ${name}, $name → RE2's \1. An unknown group is empty, as in Go; "$1x" names the group "1x".
std::string to_re2_replacement(std::string_view go, const re2::RE2& re);

bool contains_match(const re2::RE2& re, std::string_view text);

/// Every match in `text` replaced (Go's ReplaceAllString). @param replacement  as to_re2_replacement gives it.
/// @return none if the result would be longer than `limit`, or takes 2 ms of CPU: label and request together must buy neither
/// memory nor the worker.
std::optional<std::string> replace_matches(const re2::RE2& re, std::string_view text, std::string_view replacement, std::size_t limit);

}  // namespace waggle::match
