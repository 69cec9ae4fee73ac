// The executable: command line → plan → serve. Exit codes: 0 stopped as asked, 1 could not start, 2 wrong
// configuration; "check" has its own.
#include "ask/ask_command.hpp"
#include "ask/healthcheck.hpp"
#include "check/check_command.hpp"
#include "options/command_help.hpp"
#include "options/parse.hpp"
#include "options/table.hpp"
#include "process/cpu_count.hpp"
#include "process/log_sink.hpp"
#include "process/process_signals.hpp"
#include "process/secret_file.hpp"
#include "process/version.hpp"
#include "startup/resolve.hpp"
#include "wiring.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>

using namespace waggle;
using namespace waggle::app;

namespace {

option_sources from_process(int argc, char** argv) {
  option_sources out;
  out.args.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      out.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  out.search_dirs = {"/etc/waggle", "/etc/traefik", "."};
  for (const auto& [name, value] : out.environment)
    if (name == "HOME" && !value.empty()) out.search_dirs.insert(out.search_dirs.end() - 1, value + "/.traefik");
  return out;
}

machine this_machine() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  return {.cpus = usable_cpus(), .hostname = name.data()};
}

int refuse(const std::string& reason) {
  fmt::print(stderr, "waggle: {}\n", reason);
  return 2;
}

int check_health(const settings& values) {
  const auto address = healthcheck_address(values);
  if (!address) return refuse(address.error().reason);
  if (const auto healthy = healthcheck(*address, std::chrono::seconds{5}); !healthy) {
    fmt::print(stderr, "waggle: not healthy: {}\n", healthy.error().reason);
    return 1;
  }
  fmt::print("OK: {}/ready\n", *address);
  return 0;
}

int run(const parsed_options& options) {
  auto plan = resolve(options.values, this_machine());
  if (!plan) return refuse(plan.error().reason);
  if (!plan->sticky_key_file.empty()) {
    auto key = read_secret(plan->sticky_key_file);
    if (!key) return refuse("--sticky.keyFile=" + plan->sticky_key_file + ": " + key.error().reason);
    plan->proxy.sticky_key = std::move(*key);
  }
  const process_signals signals;  // before any thread, which inherits what is blocked
  async_log_sink sink({.file = plan->log.file, .descriptor = STDOUT_FILENO, .format = plan->log.format});
  base::logger log(sink, plan->log.level, plan->log.format);
  for (const std::string& text : options.warnings) log.warning(text);
  for (const std::string& text : plan->warnings) log.warning(text);
  if (!options.toml_file.empty()) log.info("Using TOML configuration file " + options.toml_file);
  log.info(fmt::format("waggle version {} built on {}", version_number(), build_date()));
  return serve(*plan, signals, sink, log);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    option_sources sources = from_process(argc, argv);
    if (const auto help = asked_help(sources.args)) {
      fmt::print("{}", *help);
      return 0;
    }
    if (asks_for_check(sources.args)) return check_command(std::move(sources), this_machine());
    if (asks_the_api(sources.args)) return ask_command(sources.args);
    const auto options = parse_options(sources);
    if (!options) return refuse(options.error().reason);
    switch (options->what) {
      case command::help: fmt::print("{}", help_text()); return 0;
      case command::version: fmt::print("{}", version_text()); return 0;
      case command::storeconfig: fmt::print("{}\n", store_sentence("The command storeconfig")); return 0;
      case command::healthcheck: return check_health(options->values);
      case command::run: return run(*options);
    }
    return 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "waggle: cannot start: {}\n", e.what());
    return 1;
  }
}
