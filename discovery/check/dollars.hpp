// `$` gone wrong in labels: password hashes and regular expressions are full of them, and stack files give them a meaning.
#pragma once

#include "check/interpolate.hpp"

#include <waggle/model/verdict.hpp>

#include <optional>
#include <string>

namespace waggle::discovery::check {

/// One label of a stack file, before and after docker stack deploy would have read it.
std::optional<model::diagnostic> judge_interpolation(const std::string& key, const std::string& raw, const interpolated& made);

/// One label as the Engine has it: a literal `$$`, or a user whose hash lost its head.
std::optional<model::diagnostic> judge_value(const std::string& key, const std::string& value);

}  // namespace waggle::discovery::check
