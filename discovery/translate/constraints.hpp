// --constraints and --docker.constraints: tag==GLOB, tag!=GLOB against a service's tags (section 3.6). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// `*` stands for any text; compared with case.
bool glob_match(std::string_view pattern, std::string_view text) noexcept;

/// The first constraint that the tags fail, or empty.
std::string failed_constraint(const std::vector<std::string>& constraints, const std::vector<std::string>& tags);

}  // namespace waggle::discovery
