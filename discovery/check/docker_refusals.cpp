#include "check/docker_refusals.hpp"

#include "check/shell_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace waggle::discovery::check {

namespace {

enum class kind : std::uint8_t { any, text, whole, list, map, list_or_map, boolean };

/// A member that the schema knows; of version 3.`since` and later.
struct known_member {
  std::string_view name;
  int since = 0;
  kind is = kind::any;
};

constexpr known_member root_members[] = {{"version"}, {"services"}, {"networks"}, {"volumes"}, {"secrets", 1}, {"configs", 3}};

constexpr known_member service_members[] = {{"deploy", 0, kind::map},
                                            {"build"},
                                            {"cap_add", 0, kind::list},
                                            {"cap_drop", 0, kind::list},
                                            {"cgroup_parent"},
                                            {"cgroupns_mode", 10},
                                            {"command"},
                                            {"configs", 3, kind::list},
                                            {"container_name", 0, kind::text},
                                            {"credential_spec", 3},
                                            {"depends_on", 0, kind::list},
                                            {"devices", 0, kind::list},
                                            {"dns"},
                                            {"dns_search"},
                                            {"domainname", 0, kind::text},
                                            {"entrypoint"},
                                            {"env_file"},
                                            {"environment", 0, kind::list_or_map},
                                            {"expose", 0, kind::list},
                                            {"external_links", 0, kind::list},
                                            {"extra_hosts", 0, kind::list_or_map},
                                            {"healthcheck", 0, kind::map},
                                            {"hostname", 0, kind::text},
                                            {"image", 0, kind::text},
                                            {"init", 7, kind::boolean},
                                            {"ipc", 0, kind::text},
                                            {"isolation", 5, kind::text},
                                            {"labels", 0, kind::list_or_map},
                                            {"links", 0, kind::list},
                                            {"logging", 0, kind::map},
                                            {"mac_address", 0, kind::text},
                                            {"network_mode", 0, kind::text},
                                            {"networks", 0, kind::list_or_map},
                                            {"oom_score_adj", 13, kind::whole},
                                            {"pid"},
                                            {"ports", 0, kind::list},
                                            {"privileged", 0, kind::boolean},
                                            {"read_only", 0, kind::boolean},
                                            {"restart"},
                                            {"secrets", 1, kind::list},
                                            {"security_opt", 0, kind::list},
                                            {"shm_size"},
                                            {"stdin_open", 0, kind::boolean},
                                            {"stop_grace_period", 0, kind::text},
                                            {"stop_signal", 0, kind::text},
                                            {"sysctls", 0, kind::list_or_map},
                                            {"tmpfs"},
                                            {"tty", 0, kind::boolean},
                                            {"ulimits", 0, kind::map},
                                            {"user", 0, kind::text},
                                            {"userns_mode", 0, kind::text},
                                            {"volumes", 0, kind::list},
                                            {"working_dir", 0, kind::text}};

constexpr known_member deploy_members[] = {{"mode", 0, kind::text},          {"endpoint_mode", 2, kind::text},  {"replicas", 0, kind::whole},
                                           {"labels", 0, kind::list_or_map}, {"rollback_config", 7, kind::map}, {"update_config", 0, kind::map},
                                           {"resources", 0, kind::map},      {"restart_policy", 0, kind::map},  {"placement", 0, kind::map}};

constexpr known_member update_members[] = {{"parallelism", 0, kind::whole}, {"delay", 0, kind::text}, {"failure_action", 0, kind::text},
                                           {"monitor", 0, kind::text},      {"max_failure_ratio"},    {"order", 4, kind::text}};

constexpr known_member restart_members[] = {
    {"condition", 0, kind::text}, {"delay", 0, kind::text}, {"max_attempts", 0, kind::whole}, {"window", 0, kind::text}};

constexpr known_member placement_members[] = {
    {"constraints", 0, kind::list}, {"preferences", 3, kind::list}, {"max_replicas_per_node", 8, kind::whole}};

constexpr known_member network_members[] = {
    {"name", 5, kind::text},        {"driver", 0, kind::text},        {"driver_opts", 0, kind::map},   {"ipam", 0, kind::map}, {"external"},
    {"internal", 0, kind::boolean}, {"attachable", 2, kind::boolean}, {"labels", 0, kind::list_or_map}};

// Refused before the schema is looked at.
constexpr std::array<std::string_view, 8> forbidden{"extends",    "volume_driver", "volumes_from", "cpu_quota",
                                                    "cpu_shares", "cpuset",        "mem_limit",    "memswap_limit"};

constexpr int newest = 13;

// Aliases of aliases make a small file a large one.
constexpr int deepest = 12;
constexpr std::size_t most_nodes = 200'000;

bool plain(const YAML::Node& node) { return is_text(node) && node.Tag() == "?"; }
bool is_bool(const YAML::Node& node) {
  if (!plain(node)) return false;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"})
    if (node.Scalar() == word) return true;
  return false;
}
bool is_number(const YAML::Node& node, bool whole) {
  if (!plain(node) || node.Scalar().empty()) return false;
  const std::string& text = node.Scalar();
  const char* last = text.data() + text.size();
  double number = 0;
  const auto [end, ec] = std::from_chars(text.data(), last, number);
  return ec == std::errc() && end == last && (!whole || text.find_first_of(".eE") == std::string::npos);
}
// After interpolation a variable's value is cast to what the schema wants, so nothing is known of it here.
bool has_variable(const YAML::Node& node) { return is_text(node) && node.Scalar().find('$') != std::string::npos; }
bool is_string(const YAML::Node& node) { return is_text(node) && !is_bool(node) && !is_number(node, false); }

class judge {
 public:
  explicit judge(const variables& known) : known_(known) {}

  std::vector<docker_refusal> run(const YAML::Node& root) {
    twice(root, 0);
    if (!version(member(root, "version"))) return std::move(out_);
    known_members(root, "", root_members);
    for (const std::string key : {"services", "networks", "volumes", "secrets", "configs"})
      if (const auto node = member(root, key); node.IsDefined()) {
        if (!is_map(node)) refuse(node, key + " must be a mapping");
        interpolations(node, key, 0);
      }
    for (const auto& [name, node] : members_of(member(root, "services"))) {
      if (node.IsNull()) refuse(node, "services." + name + " must be a mapping");
      service(node, "services." + name);
    }
    for (const auto& [name, node] : members_of(member(root, "networks"))) network(node, "networks." + name);
    return std::move(out_);
  }

 private:
  void refuse(const YAML::Node& at, std::string text, bool about_label = false) { out_.push_back({line_of(at), std::move(text), about_label}); }

  bool version(const YAML::Node& node) {
    if (!node.IsDefined() || node.IsNull()) return true;
    if (!is_string(node) && !(is_text(node) && !plain(node))) return refuse(node, "version must be a string"), false;
    const std::string& text = node.Scalar();
    if (text != "3" && !text.starts_with("3.")) return refuse(node, "unsupported Compose file version: " + text), false;
    minor_ = newest;  // also of "3": docker stack config says 3.13 then
    if (text.size() > 2) std::from_chars(text.data() + 2, text.data() + text.size(), minor_);
    return true;
  }

  // YAML wants keys to be unique, and so does Docker's reader.
  void twice(const YAML::Node& node, int depth) {
    if (depth > deepest || ++visited_ > most_nodes) return;
    if (is_map(node)) {
      std::set<std::string> seen;
      for (const auto& entry : node) {
        if (entry.first.IsScalar() && entry.first.Scalar() != "<<" && !seen.insert(entry.first.Scalar()).second)
          refuse(entry.first, "yaml: unmarshal errors: line " + std::to_string(line_of(entry.first)) + ": mapping key \"" + entry.first.Scalar() +
                                  "\" already defined");
        twice(entry.second, depth + 1);
      }
    } else if (is_list(node)) {
      for (const auto& one : node) twice(one, depth + 1);
    }
  }

  static bool fits(const YAML::Node& node, kind is) {
    switch (is) {
      case kind::any: return true;
      case kind::text: return is_string(node) || (is_text(node) && !plain(node));
      case kind::whole: return is_number(node, true);
      case kind::boolean: return is_bool(node);
      case kind::list: return is_list(node);
      case kind::map: return is_map(node);
      case kind::list_or_map: return is_list(node) || is_map(node);
    }
    return true;
  }

  static std::string_view shape_of(std::string_view name, kind is) {
    switch (is) {
      case kind::any:
        return name == "external" ? "boolean or mapping" : name == "credential_spec" ? "mapping" : name == "max_failure_ratio" ? "number" : "string";
      case kind::text: return "string";
      case kind::whole: return "integer";
      case kind::boolean: return "boolean";
      case kind::list: return "list";
      case kind::map: return "mapping";
      case kind::list_or_map: return name == "networks" ? "list" : "mapping";
    }
    return {};
  }

  template <std::size_t N>
  void known_members(const YAML::Node& map, const std::string& path, const known_member (&all)[N]) {
    for (const auto& [name, node] : members_of(map)) {
      const auto it = std::find_if(std::begin(all), std::end(all), [&n = name](const known_member& k) { return k.name == n; });
      if (it == std::end(all) || it->since > minor_) {
        const bool extension = name.starts_with("x-") && minor_ >= (path.empty() ? 4 : 7);
        if (!extension) refuse(node, (path.empty() ? "(root)" : path) + " Additional property " + name + " is not allowed");
        continue;
      }
      if (path.empty() || has_variable(node)) continue;
      if (node.IsNull()) {  // "environment:" with nothing below it, or with comments alone
        if (name != "deploy" && name != "pid") refuse(node, path + "." + name + " must be a " + std::string(shape_of(name, it->is)));
        continue;
      }
      if (!fits(node, it->is)) refuse(node, path + "." + name + " must be a " + std::string(shape_of(name, it->is)));
    }
  }

  void service(const YAML::Node& node, const std::string& path) {
    for (const auto& [name, value] : members_of(node))
      if (std::find(forbidden.begin(), forbidden.end(), name) != forbidden.end()) {
        refuse(value, "Configuration contains forbidden properties (" + name + ")");
        return;
      }
    known_members(node, path, service_members);
    command(member(node, "command"), path + ".command");
    labels(member(node, "labels"), path + ".labels", false);
    const YAML::Node deploy = member(node, "deploy");
    known_members(deploy, path + ".deploy", deploy_members);
    known_members(member(deploy, "update_config"), path + ".deploy.update_config", update_members);
    known_members(member(deploy, "restart_policy"), path + ".deploy.restart_policy", restart_members);
    known_members(member(deploy, "placement"), path + ".deploy.placement", placement_members);
    labels(member(deploy, "labels"), path + ".deploy.labels", true);
    unique(member(node, "networks"), path + ".networks");
  }

  void command(const YAML::Node& node, const std::string& path) {
    if (is_list(node)) {
      std::size_t i = 0;
      for (const auto& one : node) {
        if (!(is_string(one) || (is_text(one) && !plain(one)))) refuse(one, path + "." + std::to_string(i) + " must be a string");
        ++i;
      }
    } else if (is_text(node)) {
      const auto split = split_shell(interpolate(node.Scalar(), known_).text);
      if (!split.refused.empty()) refuse(node, "error decoding 'Command': " + split.refused);
    }
  }

  void labels(const YAML::Node& node, const std::string& path, bool of_deploy) {
    unique(node, path);
    std::size_t i = 0;
    if (is_list(node))
      for (const auto& one : node) {
        if (!(is_string(one) || (is_text(one) && !plain(one)))) refuse(one, path + "." + std::to_string(i) + " must be a string", of_deploy);
        ++i;
      }
    for (const auto& [name, value] : members_of(node))
      if (is_bool(value) || is_map(value) || is_list(value)) refuse(value, path + "." + name + " must be a string, number or null", of_deploy);
  }

  void unique(const YAML::Node& node, const std::string& path) {
    if (!is_list(node)) return;
    std::vector<std::string> seen;
    for (const auto& one : node) {
      if (!is_text(one)) continue;
      const auto before = std::find(seen.begin(), seen.end(), one.Scalar());
      if (before != seen.end())
        refuse(one, path + " array items[" + std::to_string(before - seen.begin()) + "," + std::to_string(seen.size()) + "] must be unique");
      seen.push_back(one.Scalar());
    }
  }

  void network(const YAML::Node& node, const std::string& path) {
    known_members(node, path, network_members);
    const YAML::Node external = member(node, "external");
    if (is_text(external) && !is_bool(external) && !has_variable(external)) refuse(external, path + ".external must be a boolean or mapping");
  }

  void interpolations(const YAML::Node& node, const std::string& path, int depth) {
    if (depth > deepest || ++visited_ > most_nodes) return;
    if (is_list(node)) {
      for (const auto& one : node) interpolations(one, path + ".[]", depth + 1);
    } else if (is_map(node)) {
      for (const auto& [name, value] : members_of(node)) interpolations(value, path + "." + name, depth + 1);
    } else if (is_text(node)) {
      const auto made = interpolate(node.Scalar(), known_);
      const bool label = path.find(".deploy.labels.") != std::string::npos;
      const std::string& shown = made.required.empty() ? node.Scalar() : made.required;
      if (!made.refused.empty() || !made.required.empty())
        refuse(node,
               "invalid interpolation format for " + path + (label ? "" : ": \"" + shown.substr(0, 200) + "\"") +
                   "; you may need to escape any $ with another $",
               label);
    }
  }

  const variables& known_;
  std::size_t visited_ = 0;
  int minor_ = newest;
  std::vector<docker_refusal> out_;
};

}  // namespace

std::vector<docker_refusal> refusals_of(const YAML::Node& root, const variables& known) { return judge(known).run(root); }

}  // namespace waggle::discovery::check
