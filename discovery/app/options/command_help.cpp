#include "options/command_help.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace waggle::app {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> texts{{
    {"explain",
     R"(Usage: waggle explain [SERVICE] [FLAG]...
       waggle explain --request='[METHOD] URL' [FLAG]...

Asks a running waggle why its services are routed or not (all of them, or one with its routes,
servers, tasks and findings), or which route and server a request would get and why.

  --request='[METHOD] URL'   the request in question; METHOD is GET unless given
  --header='Name: value'     a header field of it; may be given several times
  --entrypoint=NAME          where it comes in (default: the first entry point)
  --endpoint=ADDRESS         of the API: that of the entry point traefik (default: :8080)
  --user=NAME:PASSWORD       if that entry point has basic auth; also WAGGLE_API_USER
  --json                     the answer as the API gives it

Exit codes: 0 answered, 1 no answer (no such service, no waggle there), 2 wrong usage.
)"},
    {"status",
     R"(Usage: waggle status [FLAG]...
       waggle status --ipvs [SERVICE] [TABLE] [FLAG]...

Asks a running waggle for its backends and servers with their figures, the age of its view of the
swarm, and what is wrong. With --ipvs: for its TCP and UDP services, as ipvsadm -L -n prints the
kernel's (all of them, or one), with a first line of waggle's own.

  TABLE                      one of --stats (connections, packets and bytes since the start), --rate (in
                             a second), -c (connections that are open, 10,000 at most), --thresholds,
                             --persistent-conn, --timeout; without one: weights and open connections
  --exact                    large numbers in full, not as K, M, G
  --names                    with service, task, slot and node behind each line
  --endpoint=ADDRESS         of the API: that of the entry point traefik (default: :8080)
  --user=NAME:PASSWORD       if that entry point has basic auth; also WAGGLE_API_USER
  --json                     the answer as the API gives it

Exit codes: 0 answered, 1 no answer, 2 wrong usage.
)"},
    {"check",
     R"(Usage: waggle check [FLAG]...
       waggle check --stack=FILE... [--stack-name=NAME] [--fix] [--json] [FLAG]...
       waggle check --state=FILE [--fix] [--json] [FLAG]...

Says what would be routed, and every problem with its fix, without a swarm. Without a file it checks
the flags alone.

  --stack=FILE               a stack file (docker-compose, version 3); - is standard input; several are one
                             stack, as with docker stack deploy -c … -c …
  --stack-name=NAME          as docker stack deploy would be told (default: name: in the file, or "stack")
  --state=FILE               a captured Engine state: {"services": […], "tasks": […], "networks": […]}
  --fix                      print the labels to change, too, where the right value is certain
  --json                     the report as one JSON object
  FLAG                       as for serving ("waggle --help"); none given: those of waggle's own
                             service in the stack file

Exit codes: 0 no problem, 1 problems, 2 wrong usage.
)"},
    {"healthcheck",
     R"(Usage: waggle healthcheck [FLAG]...

Asks the waggle on this machine whether requests are routed: GET /ready on the entry point of its API
or ping. It is not ready before it has seen the swarm once and read its file of routes, and while it
stops; that Docker goes away later does not make it unready. For HEALTHCHECK in an image or stack.

  FLAG                       the flags of the running waggle ("waggle --help"); those that say where its
                             API or ping is are enough: --ping, --api, --web.address, --entryPoints

Exit codes: 0 ready, 1 not ready or no answer (the reason goes to standard error), 2 wrong usage.
)"},
}};

}  // namespace

std::string_view command_help(std::string_view name) {
  const auto at = std::find_if(texts.begin(), texts.end(), [&](const auto& t) { return t.first == name; });
  return at == texts.end() ? std::string_view{} : at->second;
}

std::optional<std::string> asked_help(const std::vector<std::string>& args) {
  const std::size_t at = !args.empty() && (args[0] == "waggle" || args[0] == "traefik") ? 1 : 0;
  if (at >= args.size()) return std::nullopt;
  const bool first = args[at] == "help" && at + 1 < args.size();
  const std::string_view text = command_help(first ? args[at + 1] : args[at]);
  const auto asks = [](const std::string& a) { return a == "--help" || a == "-h"; };
  if (text.empty() || !(first || std::any_of(args.begin() + static_cast<std::ptrdiff_t>(at), args.end(), asks))) return std::nullopt;
  return std::string(text);
}

}  // namespace waggle::app
