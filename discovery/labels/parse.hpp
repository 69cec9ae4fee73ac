// One set of labels → options of one backend and one frontend, as Traefik 1 would have made them.
#pragma once

#include "labels/label_values.hpp"
#include "labels/segments.hpp"

namespace waggle::discovery {

struct parsed_labels {
  label_values values;
  model::backend backend;    ///< options only: no name, no servers
  model::frontend frontend;  ///< options, priority, entry points as asked: no name, no rule
  // What to say, by occasion: once per task, per server, per backend, per frontend.
  group_notes enable, swarm, tags, weight, server, backend_notes, frontend_notes;
};

parsed_labels parse_labels(const label_set& labels, bool exposed_by_default);

/// Findings about keys that nobody reads: misspelt, of Traefik 2, of the wrong case.
std::vector<model::diagnostic> unknown_labels(const std::map<std::string, std::string>& labels);

}  // namespace waggle::discovery
