// Figures of TCP and UDP services as the rows of ipvsadm's tables. Pure.
#pragma once

#include "admin/ipvs_table.hpp"
#include "admin/layer4_rates.hpp"

#include <waggle/proxy/layer4_figures.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::app::admin {

/// "10.0.0.5:5432", "[fd00::1]:5432" → its parts. What has no port has 0.
ipvs::endpoint endpoint_of(std::string_view text);

/// -y: where none is given, waggle's own.
std::uint32_t resume_of(const proxy::layer4_service_figures& s) noexcept;

/// Does an operator mean it by this name? Its own ("pg"), with its provider ("docker/pg"), or that of its Swarm service.
bool is_called(const proxy::layer4_service_figures& s, std::string_view name);

/// ipvsadm's word: "ESTABLISHED", "FIN_WAIT", "UDP".
std::string_view state_of(const proxy::layer4_connection& c) noexcept;
ipvs::connection row_of(const proxy::layer4_connection& c);

/// A virtual server for each address that leads to the service: a service that has several has a row for each, with the figures of all
/// together. Sorted as ipvsadm does.
std::vector<ipvs::virtual_service> virtual_services(const proxy::layer4_figures& all, const layer4_rates& rates, std::string_view name);

}  // namespace waggle::app::admin
