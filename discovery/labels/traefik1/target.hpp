// What one set of labels in Traefik 1's dialect asks for: the rows of the schema write straight into these options.
#pragma once

#include "labels/label_notes.hpp"

#include <waggle/model/traefik1/backend.hpp>
#include <waggle/model/traefik1/frontend.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace waggle::discovery::traefik1 {

struct service_labels {
  bool enabled = true, swarm_balancing = false;
  std::string network;
  std::vector<std::string> tags;
};

/// What names are made of: text that never passed through Traefik's template.
struct raw_names {
  std::string rule, backend, domain;
};

struct server_labels {
  std::optional<std::string> port;
  std::string protocol;
  int weight = 1;
};

/// Old spellings, and labels that only switch something on; complete() weighs them and does not keep them.
struct switches {
  bool stickiness = false;
  std::optional<std::vector<std::string>> basic_users;
  std::vector<std::string> white_list;
};

/// What there is to say, by occasion: once per task, per server, per backend, per frontend.
struct occasions {
  label_notes enable, swarm, tags, weight, server, backend, frontend;
};

struct target {
  /// Labels that are read together.
  enum class group : std::uint8_t {
    enable,
    swarm,
    tags,
    plain,  // per service
    weight,
    server,  // per server
    balancer,
    stickiness,
    breaker,
    max_conn,
    health,
    buffering,
    forwarding,
    hold,
    timeout,
    slow_start,  // per backend
    frontend,
    tls_cert,
    auth_head,
    auth_basic,
    auth_digest,
    auth_forward,
    white_list,
    white_list_old,
    redirect,
    errors,
    rate_limit,
    headers,  // per frontend
    count
  };

  service_labels service;
  raw_names names;
  server_labels server;
  model::backend backend;    ///< options only: no name, no servers
  model::frontend frontend;  ///< options, priority, entry points as asked: no name, no rule
  switches asked;
  occasions said;
  std::array<label_notes, static_cast<std::size_t>(group::count)> notes;

  label_notes& notes_of(group g) { return notes[static_cast<std::size_t>(g)]; }

  /// The struct that a row's path begins in.
  template <class Part>
  Part& part() {
    if constexpr (std::is_same_v<Part, service_labels>) return service;
    else if constexpr (std::is_same_v<Part, raw_names>) return names;
    else if constexpr (std::is_same_v<Part, server_labels>) return server;
    else if constexpr (std::is_base_of_v<Part, model::backend>) return backend;  // or the group of servers that it is
    else if constexpr (std::is_same_v<Part, model::frontend>) return frontend;
    else if constexpr (std::is_same_v<Part, model::frontend_options>) return frontend.options;
    else {
      static_assert(std::is_same_v<Part, switches>, "labels do not write into this");
      return asked;
    }
  }
};

}  // namespace waggle::discovery::traefik1
