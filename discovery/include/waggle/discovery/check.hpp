// "waggle check": a stack file or a captured Engine state → what would be routed, and everything that is wrong with it. The
// verdicts come from the code that judges the live swarm. Pure: the caller reads files and environment.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/discovery/options.hpp>
#include <waggle/discovery/refusals.hpp>
#include <waggle/model/configuration.hpp>
#include <waggle/model/verdict.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::discovery {

/// One file of a stack.
struct stack_text {
  std::string text;  ///< YAML
  std::string file;  ///< its name if there are several; else empty
};

struct check_input {
  enum class kind : std::uint8_t { stack, state };
  kind what = kind::stack;
  std::string text;                              ///< state: JSON {"services":[…],"tasks":[…],"networks":[…]}, or a list of containers
  std::vector<stack_text> files;                 ///< stack: as docker stack deploy gets them with several -c
  std::string stack_name;                        ///< empty: `name:` of the file, else "stack"
  std::map<std::string, std::string> variables;  ///< for ${NAME} in a stack file
};

/// One rule that would lead to a service.
struct check_frontend {
  std::string name, rule, backend, scheme, cookie;  ///< cookie: empty if not sticky
  std::vector<std::string> entry_points;
  int priority = 0;        ///< as in force: the rule's length unless a label says otherwise
  std::uint16_t port = 0;  ///< 0: no server, so none is known
  bool operator==(const check_frontend&) const = default;
};

/// One router of TCP or UDP that would lead to a service.
struct check_stream {
  std::string protocol, name, rule, service, scheduler;  ///< rule: empty for UDP
  std::vector<std::string> entry_points;
  std::uint16_t port = 0;  ///< 0: no server, so none is known
  bool operator==(const check_stream&) const = default;
};

/// Where a label stands.
struct check_place {
  unsigned line = 0;
  std::string file{};  ///< if the stack has several
  bool operator==(const check_place&) const = default;
};

struct check_service {
  model::verdict verdict;  ///< with the findings of the check added
  std::vector<check_frontend> frontends;
  std::vector<check_stream> streams;
  std::map<std::string, check_place> lines;  ///< label → its place in the stack file
};

struct check_report {
  std::string stack_name;                              ///< as used; empty for a captured state
  std::string own_service;                             ///< waggle's own service in the stack file; empty: not there
  std::vector<check_service> services;                 ///< sorted by name
  std::vector<model::diagnostic> general;              ///< of no single service
  std::shared_ptr<const model::configuration> config;  ///< what the proxy would be given; null: nothing
  /// Warnings and errors, all together: what makes the exit code 1.
  std::size_t problems() const noexcept;
};

/// @return why the text cannot be read at all.
base::text_result<check_report> run_check(const check_input& from, const options& opts);

/// Puts what the proxy refused of `config` into the verdicts.
void tell_refusals(check_report& report, const refusals& refused);

/// waggle's own service in a stack file.
struct own_command {
  bool there = false;
  std::vector<std::string> flags;
  std::map<std::string, std::string> files;  ///< path in its container → file as the stack file names it; empty: not known
};

base::text_result<own_command> own_command_of(const check_input& from);

/// Entry points that the labels of a stack file or state name: frontend.entryPoints, redirect.entryPoint.
std::vector<std::string> entry_points_named(const check_input& from);
/// Likewise those of TCP and UDP; where services name none, one called "tcp" or "udp".
std::vector<entry_point_facts> layer4_entry_points_named(const check_input& from);

/// Labels to write instead of those that are wrong, where that is certain: "service shop_web: traefik.docker.network=shop_front".
std::string check_fixes(const check_report& report);

/// For a terminal: at most 100 columns where the texts allow it.
std::string check_text(const check_report& report);
/// One JSON object and a line break.
std::string check_json(const check_report& report);

}  // namespace waggle::discovery
