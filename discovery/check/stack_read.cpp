#include "check/stack_read.hpp"

#include "check/docker_refusals.hpp"
#include "check/dollars.hpp"
#include "check/shell_words.hpp"
#include "check/stack_merge.hpp"
#include "check/stack_name.hpp"
#include "check/yaml.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace waggle::discovery::check {

namespace {

using base::text_error;
using model::diagnostic;
using model::severity;

// Docker's schema takes texts and numbers (traefik issue 6919 shows its complaint). Only plain scalars have the tag "?".
bool unquoted_bool(const YAML::Node& node) {
  return node.Tag() == "?" && (node.Scalar() == "true" || node.Scalar() == "false" || node.Scalar() == "True" || node.Scalar() == "False");
}

/// One file.
class part_reader {
 public:
  part_reader(const variables& known, const std::string& stack_name, const std::string& file) : known_(known), stack_name_(stack_name), file_(file) {}

  stack_part run(const YAML::Node& root) {
    for (const auto& [key, node] : members_of(member(root, "configs")))
      if (const std::string file = text(member(node, "file")); !file.empty()) configs_.emplace_back(key, file);
    for (const auto& [key, node] : members_of(member(root, "networks"))) read_network(key, node);
    for (const auto& [key, node] : members_of(member(root, "services"))) read_service(key, node);
    return std::move(out_);
  }

 private:
  std::string text(const YAML::Node& node) const { return is_text(node) ? interpolate(node.Scalar(), known_).text : std::string(); }
  bool yes(const YAML::Node& node) const { return text(node) == "true"; }

  void read_network(const std::string& key, const YAML::Node& node) {
    stack_network n = plain_network(key, stack_name_);
    const YAML::Node external = member(node, "external");
    n.external = is_map(external) || yes(external);
    n.attachable = yes(member(node, "attachable"));
    std::string name = text(member(node, "name"));
    if (name.empty() && is_map(external)) name = text(member(external, "name"));
    n.named = !name.empty();
    if (n.named) n.name = std::move(name);
    else if (n.external) n.name = key;
    if (const std::string driver = text(member(node, "driver")); !driver.empty()) n.driver = driver;
    out_.networks.push_back(std::move(n));
  }

  void read_service(const std::string& key, const YAML::Node& node) {
    service_part s;
    s.name = key;
    s.image = text(member(node, "image"));
    read_command(s, member(node, "command"));
    s.container_labels = labels(s, member(node, "labels"), "labels", false);
    read_networks(s, member(node, "networks"));
    read_ports(s, member(node, "ports"));
    read_mounts(s, node);
    const YAML::Node deploy = member(node, "deploy");
    s.deploy_labels = labels(s, member(deploy, "labels"), "deploy.labels", true);
    s.mode = text(member(deploy, "mode"));
    if (const std::string replicas = text(member(deploy, "replicas")); !replicas.empty()) {
      unsigned count = 1;
      std::from_chars(replicas.data(), replicas.data() + replicas.size(), count);
      s.replicas = count;
    }
    s.order = text(member(member(deploy, "update_config"), "order"));
    s.endpoint_mode = text(member(deploy, "endpoint_mode"));
    out_.services.push_back(std::move(s));
  }

  void read_command(service_part& s, const YAML::Node& node) const {
    if (is_list(node)) {
      for (const auto& one : node) s.command.push_back(text(one));
    } else {
      s.command = split_shell(text(node)).words;
    }
  }

  std::vector<stack_label> labels(service_part& s, const YAML::Node& node, const std::string& where, bool judge) const {
    std::vector<stack_label> out;
    if (is_list(node)) {
      for (const auto& one : node) {
        if (is_text(one)) {
          out.push_back(listed(s, one, judge));
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
        s.findings.push_back({severity::error, "label-not-text", key, value.Scalar(),
                              "is no text; docker stack deploy refuses labels that are " + value.Scalar() + " without quotes",
                              "write \"" + value.Scalar() + "\" in quotes"});
      if (judge && key.find('$') != std::string::npos)
        s.findings.push_back({severity::error, "variable-in-key", key, "",
                              "holds a variable in its name; docker stack deploy puts values into the list form of labels only, "
                              "and the label keeps the name as written",
                              "write it as an element of a list: - \"" + key + "=…\""});
      const std::string raw = is_text(value) ? value.Scalar() : std::string();
      out.push_back(label(s, key, raw, interpolate(raw, known_), line_of(value), judge));
    }
    return out;
  }

  // The whole text is one value for Docker: variables are put in first, and then it is cut at "=".
  stack_label listed(service_part& s, const YAML::Node& node, bool judge) const {
    const std::string& whole = node.Scalar();
    const auto equals = whole.find('=');
    auto key = interpolate(std::string_view(whole).substr(0, equals), known_);
    const std::string raw = equals == std::string::npos ? std::string() : whole.substr(equals + 1);
    if (judge && (!key.refused.empty() || !key.unset.empty()))
      if (auto found = judge_interpolation(whole.substr(0, equals), whole.substr(0, equals), key)) s.findings.push_back(std::move(*found));
    return label(s, std::move(key.text), raw, interpolate(raw, known_), line_of(node), judge);
  }

  stack_label label(service_part& s, std::string key, const std::string& raw, interpolated made, unsigned line, bool judge) const {
    if (judge)
      if (auto found = judge_interpolation(key, raw, made)) s.findings.push_back(std::move(*found));
    return {std::move(key), std::move(made.text), line, file_};
  }

  void read_networks(service_part& s, const YAML::Node& node) const {
    if (is_list(node)) {
      for (const auto& one : node) s.networks.push_back(text(one));
    } else {
      for (const auto& [key, value] : members_of(node)) s.networks.push_back(key);
    }
  }

  void read_ports(service_part& s, const YAML::Node& node) const {
    if (!is_list(node)) return;
    for (const auto& one : node) {
      if (is_text(one)) {
        s.mesh_ports.push_back(text(one));  // the short form knows no host mode
      } else if (is_map(one) && text(member(one, "mode")) != "host") {
        s.mesh_ports.push_back(text(member(one, "published")) + ":" + text(member(one, "target")));
      }
    }
  }

  void read_mounts(service_part& s, const YAML::Node& node) const {
    for (const auto& one : member(node, "configs")) {
      const std::string source = is_text(one) ? text(one) : text(member(one, "source"));
      std::string target = is_text(one) ? std::string() : text(member(one, "target"));
      if (target.empty()) target = source;
      if (!target.starts_with('/')) target = "/" + target;
      stack_mount& m = s.mounts.emplace_back(stack_mount{target, {}});
      for (const auto& [key, file] : configs_)
        if (key == source) m.source = file;
    }
    for (const auto& one : member(node, "volumes")) {
      std::string source = text(member(one, "source")), target = text(member(one, "target"));
      if (is_text(one)) {
        const std::string whole = text(one);
        const auto first = whole.find(':');
        if (first == std::string::npos) continue;
        source = whole.substr(0, first);
        target = whole.substr(first + 1, whole.find(':', first + 1) - first - 1);
      }
      const bool path = source.starts_with('/') || source.starts_with('.') || source.starts_with('~');
      if (!target.empty()) s.mounts.push_back({target, path ? source : std::string()});
    }
  }

  const variables& known_;
  const std::string& stack_name_;
  const std::string& file_;
  std::vector<std::pair<std::string, std::string>> configs_;  // key and file
  stack_part out_;
};

std::string in_file(const std::string& file) { return file.empty() ? std::string() : file + ": "; }

void tell_refusals(stack& to, const YAML::Node& root, const variables& known, const std::string& file) {
  for (const docker_refusal& r : refusals_of(root, known))
    if (!r.about_label)
      to.findings.push_back(
          {severity::error, "docker-refuses", "", "",
           in_file(file) + (r.line != 0 ? "line " + std::to_string(r.line) + ": " : "") + "docker stack deploy refuses the file: " + r.text,
           "mend it; docker stack config -c FILE shows what Docker makes of a file"});
}

base::text_result<void> load(const stack_text& from, std::vector<YAML::Node>& to) {
  try {
    const YAML::Node root = YAML::Load(from.text);
    if (!is_map(root) || (!is_map(member(root, "services")) && !is_map(member(root, "networks"))))
      return text_error{in_file(from.file) + "there is no map `services:`; a stack file has the form of a docker-compose file, version 3"};
    to.push_back(root);
    return {};
  } catch (const YAML::Exception& e) {
    const std::string where = e.mark.is_null() ? std::string() : "line " + std::to_string(e.mark.line + 1) + ": ";
    return text_error{in_file(from.file) + where + "not YAML: " + e.msg};
  }
}

}  // namespace

base::text_result<stack> read_stack(const std::vector<stack_text>& files, const std::string& name, const variables& known) {
  std::vector<YAML::Node> roots;
  std::string own = name;
  for (const stack_text& f : files) {
    if (auto done = load(f, roots); !done) return done.error();
    if (const auto said = member(roots.back(), "name"); own.empty() && is_text(said)) own = interpolate(said.Scalar(), known).text;
  }
  try {
    const auto read_as = [&](const std::string& as) {
      stack_part all;
      for (std::size_t i = 0; i < files.size(); ++i) put_over(all, part_reader(known, as, files[i].file).run(roots[i]));
      return all;
    };
    const std::string unnamed = "stack";
    stack_part all = read_as(own.empty() ? unnamed : own);
    const std::string by_labels = own.empty() ? name_by_labels(all) : std::string();
    if (!by_labels.empty()) all = read_as(by_labels);
    stack out = finish(std::move(all), !own.empty() ? own : !by_labels.empty() ? by_labels : unnamed);
    if (!by_labels.empty())
      out.findings.push_back({severity::note, "stack-name-assumed", "", by_labels,
                              "labels name networks of a stack " + by_labels + ", so that is taken for its name",
                              "give the name that docker stack deploy is given: --stack-name=NAME"});
    for (std::size_t i = 0; i < files.size(); ++i) tell_refusals(out, roots[i], known, files[i].file);
    return out;
  } catch (const YAML::Exception& e) {  // a node of an odd kind; where, its mark says
    return text_error{"line " + std::to_string(e.mark.line + 1) + ": not YAML of a stack file: " + e.msg};
  }
}

}  // namespace waggle::discovery::check
