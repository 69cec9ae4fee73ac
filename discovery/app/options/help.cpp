#include "options/parse.hpp"
#include "options/table.hpp"

#include <fmt/format.h>

#include <string_view>

namespace waggle::app {
namespace {

constexpr std::size_t width = 100, indent = 38;

constexpr std::string_view head =
    R"(waggle, an edge proxy for Docker Swarm that takes the place of Traefik 1.x.

Usage: waggle [run] [FLAG]...         serve
       waggle check [--stack=FILE... [--stack-name=NAME] | --state=FILE] [--fix] [--json] [FLAG]...
                                      what would be routed from a stack file (docker-compose,
                                      version 3; several are put together as docker stack deploy
                                      does) or a captured Engine state, and every problem with its
                                      fix; --fix: the labels to change; exit code 0: no problem,
                                      1: problems, 2: wrong usage
       waggle explain [SERVICE | --request='[METHOD] URL'] [--endpoint=ADDRESS] [--json]
                                      why services are routed or not, and where a request would go
       waggle status [--endpoint=ADDRESS]
                                      backends, servers and their figures as a table
       waggle healthcheck [FLAG]...   ask the own /ready; exit code 0: it routes, 1: not (yet)
       waggle version                 which build this is
       waggle help [COMMAND]          this text, or that of a command (waggle explain --help)

Example (as in a stack file for Traefik 1):
  waggle --docker --docker.swarmmode --docker.watch --web --logLevel=INFO

Flags: --a.b=VALUE or --a.b VALUE; names are not case-sensitive. A flag without a value in this
list is a switch: alone it means true, else --flag=true or --flag=false. Naming a member
(--docker.swarmmode) turns its section (--docker) on. Each option may also stand in the environment
(WAGGLE_DOCKER_SWARMMODE=true; lists: one element each line or separated by ";") or in the TOML
file, under the same name. Flags win over the environment, and that over the file.
Durations: 500ms, 2s, 1m30s, or whole seconds. Flags marked * are waggle's own, others Traefik 1's.
)";

constexpr std::string_view tail = R"(
Signals: TERM and INT stop (a second one: at once); USR1 and HUP open the log files again;
USR2 switches the log to DEBUG and back.
Exit codes: 0 stopped as asked, 1 could not start, 2 wrong flags or configuration.
)";

/// Appends `text` word by word from column `indent` on; the line so far is `used` wide.
void wrap(std::string& out, std::string_view text, std::size_t used) {
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    if (used + 1 + word.size() > width || used < indent) {
      if (used >= indent) {
        out += '\n';
        used = 0;
      }
      out.append(indent - used, ' ');
      used = indent;
    } else {
      out += ' ';
      ++used;
    }
    out += word;
    used += word.size();
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  }
  out += '\n';
}

void row_text(std::string& out, const option_row& row) {
  std::string left = fmt::format("  {}{}--{}", row.traefik ? ' ' : '*', row.letter != 0 ? fmt::format(" -{}, ", row.letter) : " ", row.name);
  if (!row.placeholder.empty()) left += fmt::format("={}", row.placeholder);
  std::string right(row.help);
  const bool is_switch = row.kind == option_kind::section || row.kind == option_kind::boolean;
  if (!row.fallback.empty() && !(is_switch && row.fallback == "false")) right += fmt::format(" (default: {})", row.fallback);
  out += left;
  if (left.size() >= indent) {
    out += '\n';
    left.clear();
  }
  wrap(out, right, left.size());
}

}  // namespace

std::string help_text() {
  std::string out(head);
  std::string_view group;
  for (const option_row& row : option_table()) {
    if (row.group != group) out += fmt::format("\n{}:\n", row.group);
    group = row.group;
    row_text(out, row);
  }
  out += tail;
  return out;
}

}  // namespace waggle::app
