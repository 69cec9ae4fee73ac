#include "file/report.hpp"

#include "reconcile/changes.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <string_view>
#include <utility>

namespace waggle::discovery::file {
namespace {

constexpr std::size_t most_named = 5;

std::string number(unsigned n) { return n == 0 ? "" : std::to_string(n); }

bool same(const base::text_result<std::string>& a, const base::text_result<std::string>& b) {
  if (a.has_value() != b.has_value()) return false;
  return a.has_value() ? *a == *b : a.error() == b.error();
}

/// The errors behind the first one, for one line of the log.
std::string further(const std::vector<finding>& errors) {
  std::string out;
  for (std::size_t i = 1; i < errors.size() && i < most_named; ++i) {
    if (!out.empty()) out += "; ";
    out += "line " + std::to_string(errors[i].at.line) + ": " + errors[i].key + " " + errors[i].text;
  }
  if (errors.size() > most_named) out += "; and " + std::to_string(errors.size() - most_named) + " more";
  return out;
}

}  // namespace

void report::take(base::text_result<std::string> content) {
  const bool asked = std::exchange(asked_, false);
  if (last_ && same(*last_, content)) {
    if (asked && broken_) log_.info("Configuration file unchanged, it still has the error told before", {{"file", opts_.filename}});
    if (asked && !broken_) log_.info("Skipping same configuration for provider file");
    return;
  }
  last_ = std::move(content);
  if (last_->has_error()) {
    refuse({{{}, {}, last_->error().reason}});
    return;
  }
  const parsed_file parsed = parse(**last_, opts_);
  say_warnings(parsed);
  if (parsed.config) accept(parsed);
  else refuse(parsed.errors);
}

void report::say_warnings(const parsed_file& parsed) {
  for (const finding& w : parsed.warnings)
    log_.warning("Configuration file: " + w.key + " " + w.text,
                 {{"file", opts_.filename}, {"line", number(w.at.line)}, {"column", number(w.at.column)}, {"key", w.key}});
  for (const log_note& l : parsed.lines) log_.write(l.level, l.text);
}

void report::refuse(const std::vector<finding>& errors) {
  broken_ = true;
  const finding& first = errors.front();
  const std::string_view message = ever_good_ ? "Configuration file refused, its last good configuration stays in force"
                                              : "Configuration file refused, it routes nothing until it is mended";
  const std::string more = further(errors);
  if (first.at.line == 0) log_.error(message, {{"file", opts_.filename}, {"error", first.text}});
  else if (more.empty())
    log_.error(
        message,
        {{"file", opts_.filename}, {"line", number(first.at.line)}, {"column", number(first.at.column)}, {"key", first.key}, {"error", first.text}});
  else
    log_.error(message, {{"file", opts_.filename},
                         {"line", number(first.at.line)},
                         {"column", number(first.at.column)},
                         {"key", first.key},
                         {"error", first.text},
                         {"further", more}});
  if (config_) return;
  // Others wait for this provider's word: none of its routes is a word, too.
  config_ = std::make_shared<const model::configuration>();
  publish_(config_);
}

void report::accept(const parsed_file& parsed) {
  const bool mended = std::exchange(broken_, false);
  ever_good_ = true;
  const bool first = !config_, changed = first || *config_ != *parsed.config;
  if (mended) log_.info("Configuration file is good again", {{"file", opts_.filename}});
  if (log_.debug_enabled()) log_.debug("Configuration received from provider file: " + traefik_json(*parsed.config));
  if (!changed) {
    log_.info("Skipping same configuration for provider file");
    return;
  }
  ++generation_;
  say_changes(*parsed.config);
  config_ = parsed.config;
  publish_(config_);
}

void report::say_changes(const model::configuration& next) {
  static const model::configuration nothing;
  const auto changes = changes_between(config_ ? *config_ : nothing, {}, next, {});
  const std::string generation = std::to_string(generation_);
  for (const backend_change& c : changes.backends)
    log_.info("Backend changed",
              {{"backend", c.backend}, {"added", c.added}, {"removed", c.removed}, {"reason", "file " + opts_.filename}, {"generation", generation}});
  for (const frontend_change& c : changes.frontends)
    log_.info("Frontend " + c.what, {{"frontend", c.frontend}, {"rule", c.rule}, {"generation", generation}});
  for (const stream_change& c : changes.streams) log_.info(c.kind + " " + c.what, {{"name", c.name}, {"generation", generation}});
}

}  // namespace waggle::discovery::file
