// TCP and UDP services as JSON for the API. Pure.
#pragma once

#include "admin/layer4_rates.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <string>

namespace waggle::app::admin {

/// What stands before the list of services, which is to be followed by "]}".
std::string layer4_json_head(const proxy::layer4_figures& all);
std::string layer4_json(const proxy::layer4_service_figures& s, const layer4_rates& rates);
std::string layer4_json(const proxy::layer4_connection& c);

}  // namespace waggle::app::admin
