// What one service's labels ask for, before its tasks are looked at. Depends on the service's name and labels and on the
// options only, so it is made once for each version of the labels and kept.
#pragma once

#include "labels/label_notes.hpp"
#include "swarm/types.hpp"
#include "translate/layer4_plan.hpp"
#include "translate/rule_coverage.hpp"

#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>
#include <waggle/model/verdict.hpp>

#include <string>
#include <vector>

namespace waggle::discovery {

/// One frontend/backend pair of a service.
struct segment_plan {
  std::string name;          ///< empty: the plain labels
  bool container = false;    ///< of a container, not of a service
  std::string raw_rule;      ///< what names are computed from
  std::string rule;          ///< unescaped; empty: none
  rule_coverage extent;      ///< which requests that takes; nothing unless it is sound
  std::string backend_key;   ///< normalised, without "backend-"
  std::string port;          ///< text of the label
  std::string port_problem;  ///< Traefik's words, empty if the port will do for it
  std::string protocol;
  int weight = 1;
  model::backend backend;    ///< named, options only
  model::frontend frontend;  ///< options only
  std::vector<log_note> server_lines, backend_lines, frontend_lines;
  std::string template_error;
  std::vector<model::diagnostic> diagnostics;
  bool sound = true;  ///< no error among the diagnostics: may be routed in default mode
};

struct service_plan {
  std::string family;  ///< who makes one frontend together: the service; the containers of one compose service
  bool enabled = true, swarm_balancing = false;
  std::string network;  ///< label, or empty
  std::vector<std::string> tags;
  std::string failed_constraint;
  std::vector<segment_plan> segments;  ///< by name; exactly the plain one if there are no segments; none: it has no part in HTTP
  layer4_plan layer4;
  std::vector<log_note> enable_lines, swarm_lines, tag_lines;
  std::vector<model::diagnostic> diagnostics;  ///< of the service as a whole
  bool sound = true;
  bool quiet_servers = true;  ///< no segment has server_lines
  bool mentioned = false;     ///< has any traefik.* label
};

}  // namespace waggle::discovery
