// `$` gone wrong in labels: password hashes and regular expressions are full of them, and stack files give them a meaning.
#pragma once

#include "check/interpolate.hpp"

#include <waggle/model/verdict.hpp>

#include <optional>
#include <string>

namespace waggle::discovery::check {

/// One label of a stack file, before and after docker stack deploy would have read it.
std::optional<model::diagnostic> judge_interpolation(const std::string& key, const std::string& raw, const interpolated& made);

}  // namespace waggle::discovery::check
