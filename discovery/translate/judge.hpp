// What is wrong with a service's labels, beyond what Traefik 1 would have noticed; and what to do about it. In default mode
// an error here keeps the pair (or the service) from being routed; with --compat=traefik1 it is only told.
#pragma once

#include "labels/label_set.hpp"
#include "labels/traefik1/target.hpp"
#include "translate/service_plan.hpp"

#include <waggle/discovery/options.hpp>

#include <vector>

namespace waggle::discovery {

/// Sizes, UTF-8, control characters of all traefik.* labels (http-contract: "huge / garbage labels").
void check_label_size(std::vector<model::diagnostic>& out, const service& s);

/// Port, rule, weight, protocol and entry points of one pair.
void judge_segment(segment_plan& plan, const traefik1::server_labels& asked, const label_set& labels, const options& opts);

}  // namespace waggle::discovery
