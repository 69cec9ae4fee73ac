#include "check/check_command.hpp"

#include "options/complaints.hpp"
#include "options/values.hpp"

#include <fmt/format.h>
#include <waggle/discovery/check.hpp>
#include <waggle/proxy/server.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;

constexpr int fine = 0, problems = 1, usage = 2;

/// What is check's own on the command line; the rest are flags as for serving.
struct check_flags {
  std::vector<std::string> stacks;  ///< one stack, of one file or several
  std::string state, stack_name;
  bool json = false, fix = false;
};

std::size_t command_at(const std::vector<std::string>& args) { return !args.empty() && (args[0] == "waggle" || args[0] == "traefik") ? 1 : 0; }

base::text_result<check_flags> take_own(std::vector<std::string>& args) {
  check_flags out;
  std::vector<std::string> rest;
  for (std::size_t i = command_at(args) + 1; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    const auto equals = arg.find('=');
    const std::string name = lower(arg.substr(0, equals));
    std::string* to = name == "--stack"        ? &out.stacks.emplace_back()
                      : name == "--state"      ? &out.state
                      : name == "--stack-name" ? &out.stack_name
                                               : nullptr;
    if (arg == "--json") {
      out.json = true;
    } else if (arg == "--fix") {
      out.fix = true;
    } else if (to == nullptr) {
      rest.push_back(args[i]);
    } else {
      if (equals != std::string_view::npos) *to = arg.substr(equals + 1);
      else if (i + 1 < args.size()) *to = args[++i];
      if (to->empty()) return text_error{fmt::format("flag {} needs a value", name)};
    }
  }
  if (!out.stacks.empty() && !out.state.empty()) return text_error{"--stack and --state are two questions; ask one at a time"};
  args = std::move(rest);
  return out;
}

base::text_result<std::string> read_file(const std::string& name) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  using closer = int (*)(std::FILE*);
  const std::unique_ptr<std::FILE, closer> opened(name == "-" ? nullptr : std::fopen(name.c_str(), "rb"), &std::fclose);
  std::FILE* in = name == "-" ? stdin : opened.get();
  std::string text;
  std::array<char, 16384> part{};
  while (in != nullptr && std::ferror(in) == 0 && std::feof(in) == 0) text.append(part.data(), std::fread(part.data(), 1, part.size(), in));
  if (in == nullptr || std::ferror(in) != 0) return text_error{fmt::format("cannot read {}: {}", name, std::generic_category().message(errno))};
  return base::text_result<std::string>(in_place_value, std::move(text));
}

base::text_result<discovery::check_input> input_of(const check_flags& flags, const option_sources& from) {
  discovery::check_input out;
  out.what = flags.stacks.empty() ? discovery::check_input::kind::state : discovery::check_input::kind::stack;
  if (flags.stacks.empty()) {
    auto text = read_file(flags.state);
    if (!text) return text.error();
    out.text = std::move(*text);
  }
  for (const std::string& name : flags.stacks) {
    auto text = read_file(name);
    if (!text) return text.error();
    out.files.push_back({std::move(*text), flags.stacks.size() > 1 ? name : std::string()});
  }
  out.stack_name = flags.stack_name;
  for (const auto& [name, value] : from.environment) out.variables[name] = value;
  return out;
}

struct no_log final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// Files of users are where waggle will run, seldom where it is checked: they are not opened.
base::text_result<void> check_entry_points(proxy::options opts) {
  for (proxy::entry_point& e : opts.entry_points) {
    if (!e.auth) continue;
    for (auto* users : {&e.auth->basic, &e.auth->digest})
      if (*users) (*users)->users_file.clear();
    if (e.auth->forward) e.auth->forward->tls.reset();
  }
  no_log sink;
  base::logger log(sink);
  return proxy::server::check(opts, log);
}

enum class asked : std::uint8_t {
  flags,        ///< nothing is understood
  flags_there,  ///< those of waggle's service in a stack file: that it serves a swarm is understood if it names no provider
  swarm,        ///< a stack file or a state is a question about a swarm, so --docker.network alone is enough
};

struct known_plan {
  startup_plan plan;
  std::string unread;  ///< a configuration file that cannot be looked into here
};

base::text_result<known_plan> plan_of(const option_sources& from, const machine& here, asked about) {
  auto parsed = parse_options(from);
  if (!parsed) return parsed.error();
  settings& values = parsed->values;
  if (!parsed->toml_unread.empty()) about = asked::swarm;  // it may say all that is missing here
  if (about != asked::flags && !values.docker.enabled && !values.file.enabled) values.docker.enabled = values.docker.swarm_mode = true;
  if (about == asked::swarm && values.docker.enabled) values.docker.swarm_mode = true;
  auto plan = resolve(values, here);
  if (!plan) return plan.error();
  if (auto ok = check_entry_points(plan->proxy); !ok) return ok.error();
  plan->warnings.insert(plan->warnings.begin(), parsed->warnings.begin(), parsed->warnings.end());
  if (from.elsewhere && !parsed->toml_unread.empty())
    plan->warnings.push_back("The configuration file " + parsed->toml_unread +
                             " cannot be read here: what it says is not checked; at the start it has to be there");
  return known_plan{std::move(*plan), parsed->toml_unread};
}

/// Compiled as it would be served. What only waggle's own container has (users files, certificates) is not missed here.
discovery::refusals refused_by_proxy(const proxy::options& opts, std::shared_ptr<const model::configuration> config) {
  no_log sink;
  base::logger log(sink);
  discovery::refusals out;
  for (const proxy::skipped_router& s : proxy::server::try_out(opts, {{"docker", std::move(config)}}, log)) {
    const bool about_a_file =
        s.reason.starts_with("open ") || s.reason.starts_with("read ") || s.reason.find("auth.forward.tls") != std::string::npos;
    if (!about_a_file) out.emplace(s.router, s.reason);
  }
  return out;
}

void add_bad_flags(std::vector<model::diagnostic>& to, const std::string& reason) {
  for (std::string& one : apart(reason))
    to.push_back({model::severity::error, "bad-flags", "", "", std::move(one),
                  "change the command of waggle's service; docs/compatibility.md lists what is not served"});
}

/// Which entry points there are is said elsewhere: those that labels name are taken to be there. @return what to say of it, if any.
std::optional<model::diagnostic> assume_entry_points(startup_plan& plan, const discovery::check_input& input, const std::string& why) {
  std::string assumed;
  for (std::string& name : discovery::entry_points_named(input)) {
    auto& known = plan.discovery.entry_points;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    assumed += (assumed.empty() ? "" : ", ") + name;
    known.push_back(name);
    plan.proxy.entry_points.push_back({.name = std::move(name), .address = ":0", .forwarded_headers = {}, .proxy_protocol = {}});
  }
  for (discovery::entry_point_facts& e : discovery::layer4_entry_points_named(input)) {
    auto& known = plan.discovery.layer4_entry_points;
    const bool there = std::any_of(known.begin(), known.end(), [&](const auto& k) { return k.name == e.name; }) ||
                       std::find(plan.discovery.entry_points.begin(), plan.discovery.entry_points.end(), e.name) != plan.discovery.entry_points.end();
    if (there) continue;
    const bool udp = e.protocol == model::protocol::udp;
    assumed += (assumed.empty() ? "" : ", ") + e.name + (udp ? " (/udp)" : " (/tcp)");
    proxy::entry_point& p = plan.proxy.entry_points.emplace_back();
    p.name = e.name;
    p.address = ":0";
    p.protocol = udp ? model::protocol::udp : model::protocol::tcp;
    known.push_back(std::move(e));
  }
  if (assumed.empty()) return std::nullopt;
  return model::diagnostic{model::severity::note,
                           "entry-points-assumed",
                           "",
                           "",
                           "taken to be there, as labels name them: " + assumed + "; " + why,
                           "check with the flags that waggle runs with (--entryPoints)"};
}

int refuse(const std::string& reason) {
  fmt::print(stderr, "waggle: {}\n", reason);
  return usage;
}

int unreadable(const check_flags& flags, const std::string& reason) {
  const std::string name = flags.stacks.size() == 1 ? flags.stacks.front() + ": " : flags.stacks.empty() ? flags.state + ": " : std::string();
  fmt::print(stderr, "waggle: {}{}\n", name, reason);
  return problems;
}

/// Where API, ping and metrics are served.
std::vector<std::string> admin_lines(const startup_plan& plan) {
  std::vector<std::string> out;
  const proxy::entry_point* const own = find_operators(plan);
  const auto has = [&](internal_kind what) {
    return std::any_of(plan.internal.begin(), plan.internal.end(),
                       [&](const internal_part& p) { return p.what == what && p.entry_point == own->name; });
  };
  if (own) {
    const bool api = has(internal_kind::api), metrics = has(internal_kind::metrics);
    out.push_back(fmt::format("{} at {} ({})",
                              api && metrics ? "API, ping and metrics"
                              : api          ? "API and ping"
                              : metrics      ? "ping and metrics"
                                             : "ping",
                              own->address, own->name));
  }
  for (const internal_part& p : plan.internal) {
    if (own && p.entry_point == own->name) continue;
    out.push_back(fmt::format("{} on entry point {}, beside the services",
                              p.what == internal_kind::api    ? "API"
                              : p.what == internal_kind::ping ? "ping"
                                                              : "metrics",
                              p.entry_point));
  }
  return out;
}

void print_plan(const startup_plan& plan) {
  for (const std::string& text : plan.warnings) fmt::print("  warning: {}\n", text);
  for (const auto& e : plan.proxy.entry_points)
    if (!e.operators) fmt::print("  entry point {} at {}\n", e.name, written_address(e));
  for (const std::string& text : admin_lines(plan)) fmt::print("  {}\n", text);
}

}  // namespace

bool asks_for_check(const std::vector<std::string>& args) {
  const std::size_t at = command_at(args);
  return at < args.size() && args[at] == "check";
}

namespace {

int check_flags_alone(const option_sources& from, const machine& here, bool json) {
  if (json) return refuse("--json goes with --stack or --state");
  const auto known = plan_of(from, here, asked::flags);
  if (!known) return refuse(known.error().reason);
  fmt::print("The flags are fine; add --stack=FILE or --state=FILE to check what would be routed.\n");
  print_plan(known->plan);
  return fine;
}

/// With whose flags a stack file or a state is judged, and what is to say of them.
struct judged_by {
  startup_plan plan;
  std::vector<model::diagnostic> findings;
  bool flags_of_file = false;
  std::string flags_unknown{};  ///< why they are, if they are: --docker.domain may be among them
};

/// A stack is Swarm's: who serves single containers there serves none of its services.
void expect_swarm(judged_by& by) {
  if (!by.plan.docker || by.plan.discovery.swarm_mode) return;
  by.plan.discovery.swarm_mode = true;
  by.findings.push_back({model::severity::error, "bad-flags", "", "",
                         "--docker without --docker.swarmmode: waggle would serve the containers of its Engine alone, none of these services",
                         "add --docker.swarmmode to the command of waggle's service"});
}

/// Nothing was said on the command line: waggle's own service in the file, if it is there, says it.
base::text_result<void> take_flags_of_file(judged_by& by, const discovery::check_input& input, const check_flags& flags, const machine& here) {
  if (input.what != discovery::check_input::kind::stack) return {};
  auto own = discovery::own_command_of(input);
  if (!own) return own.error();
  std::string why = "there are no flags here, and waggle is not in the file";
  if (own->there) {
    by.flags_of_file = !own->flags.empty();
    option_sources of_file;
    of_file.args = std::move(own->flags);
    of_file.container = container_files{std::move(own->files), "."};
    if (!flags.stacks.empty())
      if (const auto slash = flags.stacks.front().rfind('/'); slash != std::string::npos)
        of_file.container->folder = flags.stacks.front().substr(0, slash);
    auto its = plan_of(of_file, here, by.flags_of_file ? asked::flags_there : asked::swarm);
    if (its) {
      by.plan = std::move(its->plan);
      expect_swarm(by);
      if (its->unread.empty()) return {};
      why = "the configuration file " + its->unread + " of waggle's service cannot be read here";
      by.findings.push_back({model::severity::note, "file-not-read", "", its->unread,
                             "the configuration file of waggle's service cannot be read here",
                             "put it beside the stack file as it names it, or give its options as flags"});
    } else {
      add_bad_flags(by.findings, its.error().reason);
      why = "the flags of waggle's service are refused";
    }
  }
  if (auto said = assume_entry_points(by.plan, input, why)) by.findings.push_back(std::move(*said));
  by.flags_unknown = std::move(why);
  return {};
}

/// A rule made of --docker.domain is nothing to miss while nobody knows whether it is given.
void allow_for_domain(discovery::check_report& report, const std::string& flags_unknown) {
  for (discovery::check_service& s : report.services)
    for (model::diagnostic& d : s.verdict.diagnostics) {
      if (d.code != "no-rule" && d.code != "empty-rule") continue;
      d.level = model::severity::note;
      d.text = "there is no rule: it is made of --docker.domain if that is given; " + flags_unknown;
      d.fix = "check with the flags that waggle runs with (--docker.domain), or set traefik.frontend.rule";
    }
}

}  // namespace

int check_command(option_sources from, const machine& here) {
  from.elsewhere = true;
  const auto flags = take_own(from.args);
  if (!flags) return refuse(flags.error().reason);
  if (flags->stacks.empty() && flags->state.empty()) return check_flags_alone(from, here, flags->json);
  const auto input = input_of(*flags, from);
  if (!input) return refuse(input.error().reason);

  auto said = plan_of(from, here, asked::swarm);
  if (!said) return refuse(said.error().reason);
  judged_by by;
  by.plan = std::move(said->plan);
  if (from.args.empty())
    if (const auto taken = take_flags_of_file(by, *input, *flags, here); !taken) return unreadable(*flags, taken.error().reason);

  auto report = discovery::run_check(*input, by.plan.discovery);
  if (!report) return unreadable(*flags, report.error().reason);
  report->general.insert(report->general.begin(), by.findings.begin(), by.findings.end());
  if (!by.flags_unknown.empty() && by.plan.discovery.domain.empty()) allow_for_domain(*report, by.flags_unknown);
  if (report->config) discovery::tell_refusals(*report, refused_by_proxy(by.plan.proxy, report->config));
  if (flags->json) {
    fmt::print("{}", discovery::check_json(*report));
  } else {
    if (!report->stack_name.empty()) fmt::print("Stack {}", report->stack_name);
    if (by.flags_of_file) fmt::print(", with the flags of {} in the file", report->own_service);
    if (!report->stack_name.empty()) fmt::print("\n");
    print_plan(by.plan);
    fmt::print("\n{}", discovery::check_text(*report));
    if (flags->fix) fmt::print("{}", discovery::check_fixes(*report));
  }
  return report->problems() == 0 ? fine : problems;
}

}  // namespace waggle::app
