#include "check/check_command.hpp"

#include "options/values.hpp"

#include <fmt/format.h>
#include <waggle/discovery/check.hpp>
#include <waggle/proxy/server.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <optional>
#include <system_error>

namespace waggle::app {
namespace {

using base::explained;

constexpr int fine = 0, problems = 1, usage = 2;

/// What is check's own on the command line; the rest are flags as for serving.
struct check_flags {
  std::string stack, state, stack_name;
  bool json = false;
};

std::size_t command_at(const std::vector<std::string>& args) {
  return !args.empty() && (args[0] == "waggle" || args[0] == "traefik") ? 1 : 0;
}

base::explained_result<check_flags> take_own(std::vector<std::string>& args) {
  check_flags out;
  std::vector<std::string> rest;
  for (std::size_t i = command_at(args) + 1; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    const auto equals = arg.find('=');
    const std::string name = lower(arg.substr(0, equals));
    std::string* to = name == "--stack"        ? &out.stack
                      : name == "--state"      ? &out.state
                      : name == "--stack-name" ? &out.stack_name
                                               : nullptr;
    if (arg == "--json") {
      out.json = true;
    } else if (to == nullptr) {
      rest.push_back(args[i]);
    } else {
      if (equals != std::string_view::npos) *to = arg.substr(equals + 1);
      else if (i + 1 < args.size()) *to = args[++i];
      if (to->empty()) return explained{fmt::format("flag {} needs a value", name)};
    }
  }
  if (!out.stack.empty() && !out.state.empty())
    return explained{"--stack and --state are two questions; ask one at a time"};
  args = std::move(rest);
  return out;
}

base::explained_result<std::string> read_file(const std::string& name) {
  using boost::system::in_place_value;  // a text alone could be the value or the reason
  using closer = int (*)(std::FILE*);
  const std::unique_ptr<std::FILE, closer> opened(name == "-" ? nullptr : std::fopen(name.c_str(), "rb"), &std::fclose);
  std::FILE* in = name == "-" ? stdin : opened.get();
  std::string text;
  std::array<char, 16384> part{};
  while (in != nullptr && std::ferror(in) == 0 && std::feof(in) == 0)
    text.append(part.data(), std::fread(part.data(), 1, part.size(), in));
  if (in == nullptr || std::ferror(in) != 0)
    return explained{fmt::format("cannot read {}: {}", name, std::generic_category().message(errno))};
  return base::explained_result<std::string>(in_place_value, std::move(text));
}

base::explained_result<discovery::check_input> input_of(const check_flags& flags, const option_sources& from) {
  discovery::check_input out;
  out.what = flags.stack.empty() ? discovery::check_input::kind::state : discovery::check_input::kind::stack;
  auto text = read_file(flags.stack.empty() ? flags.state : flags.stack);
  if (!text) return text.error();
  out.text = std::move(*text);
  out.stack_name = flags.stack_name;
  for (const auto& [name, value] : from.environment) out.variables[name] = value;
  return out;
}

struct no_log final : base::log_sink {
  void write(base::log_level, std::string) noexcept override {}
};

/// Files of users are where waggle will run, seldom where it is checked: they are not opened.
base::explained_result<void> check_entry_points(proxy::options opts) {
  for (auto* list : {&opts.entry_points, &opts.other_entry_points})
    for (proxy::entry_point& e : *list) {
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

base::explained_result<startup_plan> plan_of(const option_sources& from, const machine& here, asked about) {
  auto parsed = parse_options(from);
  if (!parsed) return parsed.error();
  settings& values = parsed->values;
  if (about != asked::flags && !values.docker.enabled && !values.file.enabled) values.docker.enabled = values.docker.swarm_mode = true;
  if (about == asked::swarm && values.docker.enabled) values.docker.swarm_mode = true;
  auto plan = resolve(values, here);
  if (!plan) return plan.error();
  if (auto ok = check_entry_points(plan->proxy); !ok) return ok.error();
  plan->warnings.insert(plan->warnings.begin(), parsed->warnings.begin(), parsed->warnings.end());
  return plan;
}

/// Compiled as it would be served. What only waggle's own container has (users files, certificates) is not missed here.
discovery::refusals refused_by_proxy(const proxy::options& opts, std::shared_ptr<const model::configuration> config) {
  no_log sink;
  base::logger log(sink);
  discovery::refusals out;
  for (const proxy::skipped_frontend& s : proxy::server::try_out(opts, {{"docker", std::move(config)}}, log)) {
    const bool about_a_file = s.reason.starts_with("open ") || s.reason.starts_with("read ") || s.reason.find("auth.forward.tls") != std::string::npos;
    if (!about_a_file) out.emplace(s.frontend, s.reason);
  }
  return out;
}

model::diagnostic bad_flags(std::string reason) {
  return {model::severity::error, "bad-flags", "", "", std::move(reason),
          "change the command of waggle's service; docs/compatibility.md lists what is not served"};
}

int refuse(const std::string& reason) {
  fmt::print(stderr, "waggle: {}\n", reason);
  return usage;
}

int unreadable(const check_flags& flags, const std::string& reason) {
  fmt::print(stderr, "waggle: {}: {}\n", flags.stack.empty() ? flags.state : flags.stack, reason);
  return problems;
}

void print_plan(const startup_plan& plan) {
  for (const std::string& text : plan.warnings) fmt::print("  warning: {}\n", text);
  for (const auto& e : plan.proxy.entry_points) fmt::print("  entry point {} at {}\n", e.name, e.address);
  if (plan.admin) fmt::print("  {} at {} ({})\n", plan.api ? "API and ping" : "ping", plan.admin->address, plan.admin->name);
}

}  // namespace

bool asks_for_check(const std::vector<std::string>& args) {
  const std::size_t at = command_at(args);
  return at < args.size() && args[at] == "check";
}

int check_command(option_sources from, const machine& here) {
  const auto flags = take_own(from.args);
  if (!flags) return refuse(flags.error().reason);
  if (flags->stack.empty() && flags->state.empty()) {
    if (flags->json) return refuse("--json goes with --stack or --state");
    const auto plan = plan_of(from, here, asked::flags);
    if (!plan) return refuse(plan.error().reason);
    fmt::print("The flags are fine; add --stack=FILE or --state=FILE to check what would be routed.\n");
    print_plan(*plan);
    return fine;
  }
  const auto input = input_of(*flags, from);
  if (!input) return refuse(input.error().reason);

  auto plan = plan_of(from, here, asked::swarm);
  if (!plan) return refuse(plan.error().reason);
  std::optional<model::diagnostic> flags_problem;
  bool flags_of_file = false;
  if (from.args.empty()) {  // nothing said here: waggle's own service in the file, if it is there, says it
    const auto own = discovery::own_flags(*input);
    if (!own) return unreadable(*flags, own.error().reason);
    if (!own->empty()) {
      option_sources of_file;
      of_file.args = *own;
      auto its_plan = plan_of(of_file, here, asked::flags_there);
      if (its_plan) plan = std::move(its_plan);
      else flags_problem = bad_flags(its_plan.error().reason);
      flags_of_file = true;
    }
  }
  auto report = discovery::run_check(*input, plan->discovery);
  if (!report) return unreadable(*flags, report.error().reason);
  if (flags_problem) report->general.push_back(*flags_problem);
  if (report->config) discovery::tell_refusals(*report, refused_by_proxy(plan->proxy, report->config));
  if (flags->json) {
    fmt::print("{}", discovery::check_json(*report));
  } else {
    if (!report->stack_name.empty()) fmt::print("Stack {}", report->stack_name);
    if (flags_of_file) fmt::print(", with the flags of {} in the file", report->own_service);
    if (!report->stack_name.empty()) fmt::print("\n");
    print_plan(*plan);
    fmt::print("\n{}", discovery::check_text(*report));
  }
  return report->problems() == 0 ? fine : problems;
}

}  // namespace waggle::app
