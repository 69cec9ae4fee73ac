// The texts of a stack's files → its values, put together as docker stack deploy does with several -c.
#pragma once

#include "check/interpolate.hpp"
#include "check/stack.hpp"

#include <waggle/base/result.hpp>
#include <waggle/discovery/check.hpp>

#include <string>
#include <vector>

namespace waggle::discovery::check {

/// @param name   --stack-name; empty: a file's own `name:`, else "stack"
/// @return why one is no stack file, with the line.
base::text_result<stack> read_stack(const std::vector<stack_text>& files, const std::string& name, const variables& known);

}  // namespace waggle::discovery::check
