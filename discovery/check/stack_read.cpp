#include "check/stack_read.hpp"

#include "check/dollars.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <utility>

namespace waggle::discovery::check {

namespace {

using base::explained;
using model::severity;
using members = std::vector<std::pair<std::string, YAML::Node>>;

constexpr int deepest_merge = 8;

unsigned line_of(const YAML::Node& node) { return static_cast<unsigned>(node.Mark().line + 1); }

bool is_map(const YAML::Node& node) { return node.IsDefined() && node.IsMap(); }
bool is_list(const YAML::Node& node) { return node.IsDefined() && node.IsSequence(); }
bool is_text(const YAML::Node& node) { return node.IsDefined() && node.IsScalar(); }

// Docker's schema takes texts and numbers (traefik issue 6919 shows its complaint). Only plain scalars have the tag "?".
bool unquoted_bool(const YAML::Node& node) {
  return node.Tag() == "?" && (node.Scalar() == "true" || node.Scalar() == "false" || node.Scalar() == "True" ||
                               node.Scalar() == "False");
}

void put(members& to, const std::string& key, const YAML::Node& value) {
  for (auto& [known, old] : to)
    if (known == key) {
      old.reset(value);
      return;
    }
  to.emplace_back(key, value);
}

// The members of a map in the file's order, with YAML's merge keys ("<<: *common"), which yaml-cpp leaves to us.
members members_of(const YAML::Node& map, int depth = 0) {
  members out;
  if (!is_map(map) || depth > deepest_merge) return out;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar() || entry.first.Scalar() != "<<") continue;
    if (is_list(entry.second)) {
      for (const auto& one : entry.second)
        for (auto& [key, value] : members_of(one, depth + 1)) put(out, key, value);
    } else {
      for (auto& [key, value] : members_of(entry.second, depth + 1)) put(out, key, value);
    }
  }
  for (const auto& entry : map)
    if (entry.first.IsScalar() && entry.first.Scalar() != "<<") put(out, entry.first.Scalar(), entry.second);
  return out;
}

YAML::Node member(const YAML::Node& map, const std::string& key) {
  for (auto& [name, value] : members_of(map))
    if (name == key) return value;
  return YAML::Node(YAML::NodeType::Undefined);
}

class stack_reader {
 public:
  explicit stack_reader(const variables& known) : known_(known) {}

  base::explained_result<stack> run(const YAML::Node& root, const std::string& name) {
    if (!is_map(root) || !is_map(member(root, "services")))
      return explained{"there is no map `services:`; a stack file has the form of a docker-compose file, version 3"};
    out_.name = !name.empty() ? name : text(member(root, "name"));
    if (out_.name.empty()) out_.name = "stack";
    for (const auto& [key, node] : members_of(member(root, "networks"))) read_network(key, node);
    for (const auto& [key, node] : members_of(member(root, "services"))) read_service(key, node);
    return std::move(out_);
  }

 private:
  std::string text(const YAML::Node& node) const {
    return is_text(node) ? interpolate(node.Scalar(), known_).text : std::string();
  }
  bool yes(const YAML::Node& node) const { return text(node) == "true"; }

  void read_network(const std::string& key, const YAML::Node& node) {
    stack_network n{.key = key, .name = text(member(node, "name")), .driver = text(member(node, "driver"))};
    const YAML::Node external = member(node, "external");
    n.external = is_map(external) || yes(external);
    if (is_map(external) && n.name.empty()) n.name = text(member(external, "name"));
    n.attachable = yes(member(node, "attachable"));
    if (n.name.empty()) n.name = n.external ? key : out_.name + "_" + key;
    if (n.driver.empty()) n.driver = "overlay";
    out_.networks.push_back(std::move(n));
  }

  void read_service(const std::string& key, const YAML::Node& node) {
    stack_service s;
    s.name = key;
    s.image = text(member(node, "image"));
    read_command(s, member(node, "command"));
    s.container_labels = labels(s, member(node, "labels"), "labels", false);
    read_networks(s, member(node, "networks"));
    read_ports(s, member(node, "ports"));
    const YAML::Node deploy = member(node, "deploy");
    s.deploy_labels = labels(s, member(deploy, "labels"), "deploy.labels", true);
    s.global = text(member(deploy, "mode")) == "global";
    const std::string replicas = text(member(deploy, "replicas"));
    std::from_chars(replicas.data(), replicas.data() + replicas.size(), s.replicas);
    s.start_first = text(member(member(deploy, "update_config"), "order")) == "start-first";
    if (const auto mode = text(member(deploy, "endpoint_mode")); !mode.empty()) s.endpoint_mode = mode;
    out_.services.push_back(std::move(s));
  }

  // A text is split at blanks; quotes hold a word together. Good enough to find flags.
  void read_command(stack_service& s, const YAML::Node& node) const {
    if (is_list(node)) {
      for (const auto& one : node) s.command.push_back(text(one));
      return;
    }
    std::string word;
    char quote = 0;
    bool any = false;
    const auto take = [&] {
      if (any) s.command.push_back(std::exchange(word, {}));
      any = false;
    };
    for (const char c : text(node)) {
      if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
        any = true;
      } else if (quote == 0 && (c == ' ' || c == '\n' || c == '\t')) {
        take();
      } else {
        word += c;
        any = true;
      }
    }
    take();
  }

  std::vector<stack_label> labels(stack_service& s, const YAML::Node& node, const std::string& where, bool judge) const {
    std::vector<stack_label> out;
    if (is_list(node)) {
      for (const auto& one : node) {
        if (is_text(one)) {
          const std::string& whole = one.Scalar();
          const auto equals = whole.find('=');
          const std::string value = equals == std::string::npos ? std::string() : whole.substr(equals + 1);
          out.push_back(label(s, whole.substr(0, equals), value, line_of(one), judge));
        } else if (judge) {
          s.findings.push_back({severity::error, "label-form", "", "",
                                where + ", line " + std::to_string(line_of(one)) + ": a list holds \"key=value\", not \"key: value\"",
                                "write all labels as a list of \"key=value\" or all as \"key: value\" without dashes"});
        }
      }
      return out;
    }
    for (const auto& [key, value] : members_of(node)) {
      if (!is_text(value) && !value.IsNull()) continue;
      if (judge && is_text(value) && unquoted_bool(value))
        s.findings.push_back({severity::warning, "label-not-text", key, value.Scalar(),
                              "is no text; docker stack deploy refuses labels that are " + value.Scalar() + " without quotes",
                              "write \"" + value.Scalar() + "\" in quotes"});
      out.push_back(label(s, key, is_text(value) ? value.Scalar() : std::string(), line_of(value), judge));
    }
    return out;
  }

  stack_label label(stack_service& s, std::string key, const std::string& raw, unsigned line, bool judge) const {
    auto made = interpolate(raw, known_);
    if (judge)
      if (auto found = judge_interpolation(key, raw, made)) s.findings.push_back(std::move(*found));
    return {std::move(key), std::move(made.text), line};
  }

  void read_networks(stack_service& s, const YAML::Node& node) {
    if (is_list(node)) {
      for (const auto& one : node) s.networks.push_back(text(one));
    } else {
      for (const auto& [key, value] : members_of(node)) s.networks.push_back(key);
    }
    if (!s.networks.empty()) return;
    s.networks.emplace_back("default");
    if (out_.find_network("default") == nullptr) read_network("default", YAML::Node());
  }

  void read_ports(stack_service& s, const YAML::Node& node) const {
    if (!is_list(node)) return;
    for (const auto& one : node) {
      if (is_text(one)) {
        s.mesh_ports.push_back(text(one));  // the short form knows no host mode
      } else if (is_map(one) && text(member(one, "mode")) != "host") {
        s.mesh_ports.push_back(text(member(one, "published")) + ":" + text(member(one, "target")));
      }
    }
  }

  const variables& known_;
  stack out_;
};

}  // namespace

base::explained_result<stack> read_stack(const std::string& text, const std::string& name, const variables& known) {
  try {
    return stack_reader(known).run(YAML::Load(text), name);
  } catch (const YAML::Exception& e) {
    const std::string where = e.mark.is_null() ? std::string() : "line " + std::to_string(e.mark.line + 1) + ": ";
    return explained{where + "not YAML: " + e.msg};
  }
}

}  // namespace waggle::discovery::check
