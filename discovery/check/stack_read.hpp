// The text of a stack file → its values. The only code that sees YAML.
#pragma once

#include "check/interpolate.hpp"
#include "check/stack.hpp"

#include <waggle/base/result.hpp>

namespace waggle::discovery::check {

/// @param name   --stack-name; empty: the file's own `name:`, else "stack"
/// @return why it is no stack file, with the line.
base::explained_result<stack> read_stack(const std::string& text, const std::string& name, const variables& known);

}  // namespace waggle::discovery::check
