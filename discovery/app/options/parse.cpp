#include "options/parse.hpp"

#include "options/assignment.hpp"
#include "options/entry_point_guards.hpp"
#include "options/table.hpp"
#include "options/values.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>

namespace waggle::app {
namespace {

using base::explained;

explained unknown(std::string_view shown, std::string_view key) {
  const std::string_view near = nearest_option(key);
  const std::string_view what = shown.front() == '-' ? "flag" : "option";
  if (near.empty()) return explained{fmt::format("unknown {}: {}; waggle --help lists all", what, shown)};
  return explained{fmt::format("unknown {}: {}; did you mean --{}?", what, shown, near)};
}

/// What is not served may be switched off: then it asks for nothing.
bool is_off(std::string_view value) {
  const auto asked = parse_bool(value);
  return asked && !*asked;
}

/// argv in Traefik 1's grammar. Only the names' form is checked here, but for knowing which ones take a
/// value.
class argument_reader {
 public:
  explicit argument_reader(const std::vector<std::string>& args) : args_(args) {}

  base::explained_result<void> read() {
    read_command();
    for (; at_ < args_.size(); ++at_) {
      const std::string_view arg = args_[at_];
      auto done = arg.substr(0, 2) == "--" && arg.size() > 2       ? long_flag(arg.substr(2))
                  : arg.size() > 1 && arg[0] == '-' && arg != "--" ? short_flag(arg.substr(1))
                                                                   : stray(arg);
      if (!done) return done;
    }
    return {};
  }

  command what = command::run;
  std::vector<assignment> out;

 private:
  void read_command() {
    // Traefik's image also takes its own name in front, as in "command: traefik --docker".
    if (at_ < args_.size() && (args_[at_] == "traefik" || args_[at_] == "waggle")) ++at_;
    if (at_ == args_.size()) return;
    static const std::map<std::string_view, command> commands{{"run", command::run},
                                                              {"version", command::version},
                                                              {"healthcheck", command::healthcheck},
                                                              {"help", command::help}};
    if (const auto named = commands.find(args_[at_]); named != commands.end()) {
      what = named->second;
      ++at_;
    }
  }

  base::explained_result<void> stray(std::string_view arg) const {
    if (arg == "storeconfig" || arg == "bug")
      return explained{fmt::format("the command {} of Traefik is not served by waggle", arg)};
    const bool after_flag = at_ > 0 && args_[at_ - 1].substr(0, 2) == "--";
    if (after_flag && parse_bool(arg))
      return explained{fmt::format("unexpected argument: {}; write {}={}", arg, args_[at_ - 1], arg)};
    return explained{
        fmt::format("unexpected argument: {}; commands are run, check, explain, status, version, healthcheck and help", arg)};
  }

  base::explained_result<void> long_flag(std::string_view body) {
    const auto equals = body.find('=');
    const std::string name(body.substr(0, equals));
    const std::string key = lower(name), shown = "--" + name;
    if (key == "help") {
      what = command::help;
      return {};
    }
    if (key == "version") {
      what = command::version;
      return {};
    }
    const option_alias* alias = find_alias(key);
    const option_row* row = find_option(alias != nullptr ? alias->means : std::string_view(key));
    if (row == nullptr) {
      const auto advice = unserved_advice(key);
      if (advice.empty()) return unknown(shown, key);
      if (is_off(body.substr(std::min(equals, body.size() - 1) + 1))) return {};
      return explained{fmt::format("flag {}: {}", shown, advice)};
    }
    if (equals != std::string_view::npos) return assign(key, std::string(body.substr(equals + 1)), shown);
    if (row->kind == option_kind::section || row->kind == option_kind::boolean)
      return assign(key, "true", shown);
    return assign_next(key, shown);
  }

  base::explained_result<void> short_flag(std::string_view body) {
    const std::string shown{'-', body[0]};
    if (body == "h") {
      what = command::help;
      return {};
    }
    const option_row* row = find_letter(body[0]);
    std::string_view rest = body.substr(1);
    const bool takes_value = row != nullptr && row->kind != option_kind::boolean;
    // "-docker" is a long flag with a dash too few, not -d with a value.
    if (row == nullptr || (!takes_value && !rest.empty() && rest[0] != '='))
      return unknown(fmt::format("-{}", body), body.substr(0, body.find('=')));
    const std::string key = lower(row->name);
    if (!rest.empty()) return assign(key, std::string(rest[0] == '=' ? rest.substr(1) : rest), shown);
    if (!takes_value) return assign(key, "true", shown);
    return assign_next(key, shown);
  }

  base::explained_result<void> assign_next(const std::string& key, const std::string& shown) {
    if (at_ + 1 == args_.size() || args_[at_ + 1].substr(0, 2) == "--")
      return explained{fmt::format("flag {} needs a value: {}=…", shown, shown)};
    return assign(key, args_[++at_], shown);
  }

  base::explained_result<void> assign(std::string key, std::string value, std::string shown) {
    out.push_back({std::move(key), std::move(value), std::move(shown), false});
    return {};
  }

  const std::vector<std::string>& args_;
  std::size_t at_ = 0;
};

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
      if (const auto one = trim(rest.substr(0, end)); !one.empty())
        out.push_back({known->second, std::string(one), variable, false});
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  }
  return out;
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
  return std::any_of(option_table().begin(), option_table().end(),
                     [&](const option_row& r) { return below(r.name); }) ||
         std::any_of(option_aliases().begin(), option_aliases().end(),
                     [&](const option_alias& a) { return below(a.name); });
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
                                       file.enabled ? "--file.filename names another file"
                                                    : "add [file] to serve them"));
}

/// What each option is set to, by the strongest source that says something about it.
class merger {
 public:
  explicit merger(std::vector<std::string>& warnings) : warnings_(warnings) {}

  /// To be called for the strongest source first.
  base::explained_result<void> add(const std::vector<assignment>& source) {
    std::map<const option_row*, std::vector<assignment>> said;
    for (const assignment& one : source) {
      const option_alias* alias = find_alias(one.key);
      const option_row* row = find_option(alias != nullptr ? alias->means : std::string_view(one.key));
      if (row == nullptr) {
        if (const auto advice = unserved_advice(one.key); !advice.empty()) {
          if (is_off(one.value)) continue;
          return explained{fmt::format("{}: {}", one.shown, advice)};
        }
        if (one.group_only && is_prefix_of_option(one.key)) continue;
        return unknown(one.shown, one.key);
      }
      if (alias != nullptr && alias->deprecated)
        warnings_.push_back(fmt::format("{} is deprecated, please use --{}", one.shown, row->name));
      said[row].push_back(one);
    }
    for (auto& [row, values] : said) chosen_.emplace(row, std::move(values));
    return {};
  }

  base::explained_result<void> apply(settings& to) const {
    // Naming a member creates its section, but "--docker=false" keeps the last word.
    std::set<const option_row*> created;
    for (const auto& [row, values] : chosen_)
      for (const option_row& section : option_table())
        if (section.kind == option_kind::section && lower(row->name).starts_with(lower(section.name) + '.') &&
            !chosen_.contains(&section))
          created.insert(&section);
    for (const option_row* section : created)
      if (auto done = section->apply(to, "true"); !done) return done;
    for (const auto& [row, values] : chosen_)
      for (const assignment& one : values)
        if (auto done = row->apply(to, one.value); !done)
          return explained{
              fmt::format("invalid value \"{}\" for {}: {}", without_users(one.value), one.shown, done.error().reason)};
    return {};
  }

 private:
  std::map<const option_row*, std::vector<assignment>> chosen_;
  std::vector<std::string>& warnings_;
};

}  // namespace

base::explained_result<parsed_options> parse_options(const option_sources& sources) {
  parsed_options out;
  argument_reader flags(sources.args);
  if (auto done = flags.read(); !done) return done.error();
  out.what = flags.what;
  if (out.what == command::help || out.what == command::version) return out;

  const std::vector<assignment> environment = read_environment(sources, out.warnings);
  for (const auto* source : {&environment, static_cast<const std::vector<assignment>*>(&flags.out)})
    for (const assignment& one : *source)
      if (one.key == "configfile") out.toml_file = one.value;
  if (out.toml_file.empty()) out.toml_file = find_toml(sources);

  bool has_routes = false;
  merger merged(out.warnings);
  if (auto done = merged.add(flags.out); !done) return done.error();
  if (auto done = merged.add(environment); !done) return done.error();
  if (!out.toml_file.empty()) {
    auto file = read_toml(out.toml_file);
    if (!file) return file.error();
    has_routes = std::erase_if(*file, [](const assignment& one) { return is_route(one.key); }) != 0;
    if (auto done = merged.add(*file); !done) return done.error();
  }
  if (auto done = merged.apply(out.values); !done) return done.error();
  find_routes(out, has_routes);
  return out;
}

}  // namespace waggle::app
