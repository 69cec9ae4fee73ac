// One set of labels → options of one backend and one frontend, as Traefik 1 would have made them.
#pragma once

#include "labels/traefik1/segments.hpp"
#include "labels/traefik1/target.hpp"

#include <map>
#include <string>
#include <vector>

namespace waggle::discovery::traefik1 {

target parse_labels(const label_set& labels, bool exposed_by_default);

/// Takes away what was asked for by halves (a health check without a path), makes what is asked for by a bare word, and says what
/// depends on each group of labels. Once, after all of them were read.
void complete(target& of, const label_set& labels);

/// Findings about keys that nobody reads: misspelt, of Traefik 2, of the wrong case.
std::vector<model::diagnostic> unknown_labels(const std::map<std::string, std::string>& labels);

}  // namespace waggle::discovery::traefik1
