// GET /api/l4: TCP and UDP services with their servers and figures, as JSON or (?as=text) as the tables of ipvsadm. docs/api.md.
#pragma once

#include "admin/message.hpp"
#include "admin/views.hpp"

#include <string_view>

namespace waggle::app::admin {

/// Made piece by piece while it is sent.
response layer4(const sources& from, names, std::string_view query);

}  // namespace waggle::app::admin
