// Traefik 3's TCP and UDP routers and services of one Swarm service → its parts in virtual services, with what waggle's own labels add
// to them. Pure.
#pragma once

#include "labels/traefik3/target.hpp"
#include "labels/waggle/layer4_parse.hpp"
#include "swarm/types.hpp"
#include "translate/layer4_plan.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/verdict.hpp>

#include <vector>

namespace waggle::discovery {

/// @param own  waggle's labels; those that belong to one of Traefik's services, and the plain ones, are taken out
/// @param told  what concerns no part: routers that lead nowhere
std::vector<tcp_part> plan_traefik3(const service& s, const options& opts, const traefik3::objects& asked,
                                    std::vector<waggle_labels::layer4_segment<waggle_labels::tcp_target>>& own, std::vector<model::diagnostic>& told);
std::vector<udp_part> plan_traefik3(const service& s, const options& opts, const traefik3::objects& asked,
                                    std::vector<waggle_labels::layer4_segment<waggle_labels::udp_target>>& own, std::vector<model::diagnostic>& told);

}  // namespace waggle::discovery
