// Labels that are read and change nothing, and values that stand there otherwise than they were meant: findings that no part of
// the translation needs, for whoever wrote them. Pure.
#pragma once

#include "labels/label_set.hpp"
#include "swarm/types.hpp"
#include "translate/service_plan.hpp"

#include <waggle/discovery/options.hpp>
#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>
#include <waggle/model/verdict.hpp>

#include <vector>

namespace waggle::discovery {

/// Of one pair of frontend and backend: labels that need another one beside them, and methods that nobody knows.
void judge_effect(std::vector<model::diagnostic>& out, const model::backend& b, const label_set& labels);

/// Of a redirect to another entry point: one that is missing, or has no TLS though its name or port promises it.
void judge_redirect(std::vector<model::diagnostic>& out, const model::frontend& f, const label_set& labels, const options& opts);

/// Of the service as a whole: prefixes that are nearly ours, quotes that belong to the value, users without a usable hash.
void judge_writing(std::vector<model::diagnostic>& out, const service& s);

/// Where the value of a label is in quotes, that is what to mend, whatever else was said of it.
void advise_quotes(service_plan& plan, const service& s);

}  // namespace waggle::discovery
