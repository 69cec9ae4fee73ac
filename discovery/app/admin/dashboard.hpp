// "/" and "/dashboard/…": the page and its files. Nothing of it comes from elsewhere, and nothing else may run in it.
#pragma once

#include "admin/message.hpp"

#include <optional>
#include <string_view>

namespace waggle::app::admin {

/// @param path  decoded by nobody: only the names that exist are known. @return none: it is no path of the dashboard's.
std::optional<response> dashboard(std::string_view path);

}  // namespace waggle::app::admin
