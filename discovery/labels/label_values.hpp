// What one set of labels says, typed: the target that the rows of the schema write into. Objects that Traefik only makes
// under conditions ("a load balancer if any label begins …") are completed by parse.cpp.
#pragma once

#include <waggle/base/log.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace waggle::discovery {

/// Labels that are read together: Traefik complains about a bad value only where it uses it, and each time it does.
enum class label_group : std::uint8_t {
  enable, swarm, tags, plain,                                               // per service
  weight, server,                                                           // per server
  balancer, stickiness, breaker, max_conn, health, buffering, forwarding, hold, timeout, slow_start,  // per backend
  frontend, tls_cert, auth_head, auth_basic, auth_digest, auth_forward, white_list, white_list_old, redirect, errors,
  rate_limit, headers,                                                      // per frontend
  count
};

/// A line for the log, in Traefik's words.
struct log_note {
  base::log_level level;
  std::string text;
  bool operator==(const log_note&) const = default;
};

/// What reading one group of labels left behind.
struct group_notes {
  std::vector<log_note> lines;
  std::vector<model::diagnostic> diagnostics;
  std::string template_error;  ///< non-empty: Traefik 1 would have refused its whole configuration
  bool taken = false;          ///< what the labels ask for depends on this group
};


/// Text that is used both raw (for names) and as the template left it.
struct label_values {
  // service
  bool enable = true, swarm = false;
  std::string network, domain;
  std::vector<std::string> tags;
  // server
  std::string port;
  bool has_port = false;
  std::string protocol;
  int weight = 1;
  std::string backend;  // raw
  // backend
  std::string method = "wrr";
  bool sticky = false, stickiness = false;
  model::stickiness sticky_options;
  model::circuit_breaker breaker;
  bool has_amount = false;
  model::max_conn max_conn;
  model::health_check health;
  model::buffering buffering;
  model::response_forwarding forwarding;
  std::chrono::milliseconds hold{0};
  model::server_timeouts timeouts;
  bool abort_on_close = true;
  std::chrono::milliseconds slow_start{0};
  // frontend
  std::string rule;  // raw
  int priority = 0;
  std::vector<std::string> entry_points;
  bool pass_host_header = true, pass_tls_cert = false;
  model::pass_tls_client_cert cert;
  model::tls_cert_infos infos;
  model::tls_cert_name subject, issuer;
  std::string auth_header_field;
  model::auth_users basic, digest;
  std::vector<std::string> basic_old;
  bool has_basic_old = false;
  model::auth_forward forward;
  model::client_tls forward_tls;
  model::white_list white_list;
  std::vector<std::string> white_list_old;
  model::redirect redirect;
  std::map<std::string, model::error_page> errors;
  std::string rate_extractor;
  std::map<std::string, model::rate> rates;
  model::headers headers;

  std::array<group_notes, static_cast<std::size_t>(label_group::count)> notes;
  group_notes& of(label_group g) { return notes[static_cast<std::size_t>(g)]; }
  const group_notes& of(label_group g) const { return notes[static_cast<std::size_t>(g)]; }
};

}  // namespace waggle::discovery
