#include "options/parse.hpp"

#include "options/arguments.hpp"
#include "options/assignment.hpp"
#include "options/complaints.hpp"
#include "options/entry_point_guards.hpp"
#include "options/table.hpp"
#include "options/values.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;

/// What is not served may be switched off: then it asks for nothing.
bool is_off(std::string_view value) {
  const auto asked = parse_bool(value);
  return asked && !*asked;
}

std::vector<assignment> read_environment(const option_sources& sources, std::vector<std::string>& warnings) {
  constexpr std::string_view prefix = "WAGGLE_", other_prefix = "TRAEFIK_";
  std::map<std::string, std::string> names;
  for (const option_row& row : option_table()) names[environment_name(row.name)] = lower(row.name);
  for (const option_alias& alias : option_aliases()) names[environment_name(alias.name)] = alias.name;
  std::vector<assignment> out;
  std::map<std::string, std::string> variables(sources.environment.begin(), sources.environment.end());
  for (const auto& [variable, value] : variables) {
    std::string ours = variable;
    if (ours.starts_with(other_prefix)) {
      ours.replace(0, other_prefix.size(), prefix);
      if (variables.contains(ours)) continue;  // that one counts
    }
    if (!ours.starts_with(prefix) || ours == "WAGGLE_API_USER") continue;  // that one is for "waggle explain" in the same container
    const auto known = names.find(ours);
    if (known == names.end()) {
      // No error: orchestrators put variables of their own (WAGGLE_PORT=tcp://…) beside ours.
      warnings.push_back(fmt::format("Environment variable {} is no option of waggle", variable));
      continue;
    }
    const option_alias* alias = find_alias(known->second);
    const option_row* row = find_option(alias != nullptr ? alias->means : std::string_view(known->second));
    if (row->kind != option_kind::list) {
      out.push_back({known->second, value, variable, false});
      continue;
    }
    // A list's elements, also entry points, which hold commas and blanks themselves: one each line or ";".
    for (std::string_view rest = value; !rest.empty();) {
      const auto end = rest.find_first_of(";\n");
      if (const auto one = trim(rest.substr(0, end)); !one.empty()) out.push_back({known->second, std::string(one), variable, false});
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  return out;
}

/// Of a container: a file that was named, else what is mounted where one is looked for. @return the file here.
std::string find_toml_of(const container_files& container, const std::string& named, std::string& unread) {
  std::vector<std::string> candidates{named};
  if (named.empty()) candidates = {"/etc/waggle/waggle.toml", "/etc/traefik/traefik.toml", "/traefik.toml", "/waggle.toml"};
  for (const std::string& path : candidates) {
    if (auto here = container.find(path)) return std::move(*here);
    const bool there = std::any_of(container.mounts.begin(), container.mounts.end(), [&](const auto& m) {
      return m.first == path || (path.starts_with(m.first) && path.rfind('/') == m.first.size());
    });
    if (unread.empty() && (there || !named.empty())) unread = path;
  }
  return {};
}

std::string find_toml(const option_sources& sources) {
  for (const std::string& dir : sources.search_dirs)
    for (const std::string_view name : {"waggle.toml", "traefik.toml"}) {
      const std::string file = fmt::format("{}/{}", dir, name);
      struct stat found {};
      if (stat(file.c_str(), &found) == 0 && S_ISREG(found.st_mode)) return file;
    }
  return {};
}

bool is_prefix_of_option(std::string_view key) {
  const std::string dotted = std::string(key) + '.';
  const auto below = [&](std::string_view name) { return lower(name).substr(0, dotted.size()) == dotted; };
  return std::any_of(option_table().begin(), option_table().end(), [&](const option_row& r) { return below(r.name); }) ||
         std::any_of(option_aliases().begin(), option_aliases().end(), [&](const option_alias& a) { return below(a.name); });
}

/// Is it the file provider's and no option?
bool is_route(std::string_view key) {
  const std::string_view first = key.substr(0, key.find('.'));
  return first == "backends" || first == "frontends";
}

/// Traefik 1: [file] without a name means the configuration file itself.
void find_routes(parsed_options& out, bool has_routes) {
  file_settings& file = out.values.file;
  if (file.enabled && file.filename.empty()) file.filename = out.toml_file;
  file.among_options = file.enabled && !out.toml_file.empty() && file.filename == out.toml_file;
  if (has_routes && !file.among_options)
    out.warnings.push_back(fmt::format("[backends] and [frontends] in {} are ignored; {}", out.toml_file,
                                       file.enabled ? "--file.filename names another file" : "add [file] to serve them"));
}

/// What each option is set to, by the strongest source that says something about it.
class merger {
 public:
  explicit merger(complaints& told) : told_(told) {}

  /// To be called for the strongest source first.
  /// @param lenient  names that nobody knows are told and ignored, as Traefik 1 does with those of a TOML file.
  void add(const std::vector<assignment>& source, bool lenient = false) {
    std::map<const option_row*, std::vector<assignment>> said;
    for (const assignment& one : source) {
      const option_alias* alias = find_alias(one.key);
      const option_row* row = find_option(alias != nullptr ? alias->means : std::string_view(one.key));
      if (row == nullptr) {
        unknown(one, lenient);
        continue;
      }
      // The table says which kind of figures is meant: [metrics.statsd] asks for no /metrics.
      if (one.group_only && one.key == "metrics") continue;
      if (alias != nullptr && alias->deprecated) told_.warnings.push_back(fmt::format("{} is deprecated, please use --{}", one.shown, row->name));
      said[row].push_back(one);
    }
    for (auto& [row, values] : said) chosen_.emplace(row, std::move(values));
  }

  void apply(settings& to) {
    // Naming a member creates its section, but "--docker=false" keeps the last word.
    std::set<const option_row*> created;
    for (const auto& [row, values] : chosen_)
      for (const option_row& section : option_table())
        if (section.kind == option_kind::section && lower(row->name).starts_with(lower(section.name) + '.') && !chosen_.contains(&section))
          created.insert(&section);
    for (const option_row* section : created) told_.took(section->apply(to, "true"));
    // In the table's order: what is said of it does not depend on where things lie in memory.
    for (const option_row& row : option_table())
      if (const auto at = chosen_.find(&row); at != chosen_.end())
        for (const assignment& one : at->second) apply(row, one, to);
    to.store = !stores_.empty();
    if (to.store) told_.warnings.push_back(store_sentence(stores_));
  }

 private:
  void unknown(const assignment& one, bool lenient) {
    if (const unserved_row* known = find_unserved(one.key)) {
      if (is_off(one.value)) return;
      const std::string shown = one.shown.starts_with("--") ? "flag " + one.shown : one.shown;
      switch (known->kind) {
        case unserved_kind::refused: return told_.refuse(fmt::format("{}: {}", shown, known->advice));
        case unserved_kind::idle: told_.warnings.push_back(fmt::format("{} is ignored: {}", one.shown, known->advice)); return;
        case unserved_kind::store:
          if (!one.group_only || stores_.empty()) stores_ += (stores_.empty() ? "" : ", ") + one.shown;
          return;
      }
    }
    if (one.group_only && is_prefix_of_option(one.key)) return;
    const std::string text = unknown_option(one.shown, one.key);
    if (lenient) told_.warnings.push_back(text + " (ignored, as in Traefik)");
    else told_.refuse(text);
  }

  void apply(const option_row& row, const assignment& one, settings& to) {
    std::string_view value = one.value;
    // In YAML's list form quotes inside a word are part of the value: --logLevel="DEBUG". Traefik starts all the same.
    if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.front() == value.back()) {
      value = value.substr(1, value.size() - 2);
      told_.warnings.push_back(fmt::format("The quotes around the value of {} are part of it and are left out; remove them", one.shown));
    }
    if (const auto done = row.apply(to, value); !done)
      told_.refuse(fmt::format("invalid value \"{}\" for {}: {}", without_users(value), one.shown, done.error().reason));
  }

  std::map<const option_row*, std::vector<assignment>> chosen_;
  std::string stores_;
  complaints& told_;
};

}  // namespace

std::optional<std::string> container_files::find(const std::string& path) const {
  // The longest mount counts: a file inside a mounted folder may be mounted itself.
  for (auto m = mounts.rbegin(); m != mounts.rend(); ++m) {
    std::string target = m->first;
    while (target.size() > 1 && target.ends_with('/')) target.pop_back();
    const bool inside = path == target || (path.starts_with(target) && path[target.size()] == '/');
    if (!inside) continue;
    if (m->second.empty()) return std::nullopt;
    const std::string here = (m->second.starts_with('/') ? m->second : folder + "/" + m->second) + path.substr(target.size());
    struct stat found {};
    if (stat(here.c_str(), &found) == 0 && S_ISREG(found.st_mode)) return here;
    return std::nullopt;
  }
  return std::nullopt;
}

base::text_result<parsed_options> parse_options(const option_sources& sources) {
  parsed_options out;
  complaints told;
  const arguments flags = read_arguments(sources.args, told);
  out.what = flags.what;
  if (out.what == command::help || out.what == command::version || out.what == command::storeconfig) return out;

  const std::vector<assignment> environment = read_environment(sources, told.warnings);
  for (const auto* source : {&environment, &flags.out})
    for (const assignment& one : *source)
      if (one.key == "configfile") out.toml_file = one.value;
  if (sources.container) out.toml_file = find_toml_of(*sources.container, out.toml_file, out.toml_unread);
  else if (out.toml_file.empty()) out.toml_file = find_toml(sources);
  else if (sources.elsewhere && access(out.toml_file.c_str(), R_OK) != 0) out.toml_unread = std::exchange(out.toml_file, {});

  bool has_routes = false;
  merger merged(told);
  merged.add(flags.out);
  merged.add(environment);
  if (!out.toml_file.empty()) {
    auto file = read_toml(out.toml_file, told.warnings);
    if (told.took(file)) {
      has_routes = std::erase_if(*file, [](const assignment& one) { return is_route(one.key); }) != 0;
      merged.add(*file, true);
    }
  }
  merged.apply(out.values);
  if (!told.refused.empty()) return together(told.refused);
  out.warnings = std::move(told.warnings);
  find_routes(out, has_routes);
  return out;
}

}  // namespace waggle::app
