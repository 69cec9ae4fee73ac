#include "reconcile/publisher.hpp"

#include "reconcile/changes.hpp"
#include "translate/outcome.hpp"

#include <waggle/discovery/traefik_json.hpp>

#include <algorithm>
#include <exception>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace waggle::discovery {

namespace {

using base::log_level;
using model::severity;

constexpr std::size_t most_changes_shown = 100;  // of one publish
// In one publish: above it a first picture or a reload speaks, and 20,000 lines would say no more than their number.
constexpr std::size_t most_changes_told = 50;

// What makes an operator want to hear of a service again.
std::string gist(const model::verdict& v) {
  std::string out = std::to_string(static_cast<int>(v.state));
  for (const auto& d : v.diagnostics) {
    if (d.level >= severity::warning) out += '\n' + d.code + ' ' + d.label + ' ' + d.value + ' ' + d.text;
  }
  return out;
}

// A label that does not do what it says is an error for its author, and Traefik's default level, and so ours, is ERROR unless a
// flag says more. The rest passes (tasks that come), works (a port that was guessed) or is meant for another proxy.
bool is_mistake(const model::diagnostic& d) {
  return d.level == severity::error ||
         (d.level == severity::warning && d.code != "no-running-task" && d.code != "port-guessed" && d.code != "traefik2-label");
}

/// Both are routed, or neither is: what was said of one holds for the other.
bool same_fate(const model::verdict& a, const model::verdict& b) {
  return (a.state == model::routing_state::not_routed) == (b.state == model::routing_state::not_routed);
}

bool has_mistakes(const model::verdict& v) { return std::any_of(v.diagnostics.begin(), v.diagnostics.end(), is_mistake); }

}  // namespace

// In default mode looks come once a second and oftener: a line is said when it was not true the look before.
void publisher::say_lines(const translation& t, bool each_round) {
  std::set<std::pair<log_level, std::string_view>> known;
  if (!each_round) {
    for (const auto& l : said_) known.emplace(l.level, l.text);
  }
  for (const auto& l : t.lines) {
    if (!known.contains({l.level, l.text})) log_.write(l.level, l.text);
  }
}

void publisher::say_verdicts(const model::verdict_list& next) {
  std::unordered_map<std::string_view, const model::verdict*> before;  // filled when a service came or went
  const auto& last = std::as_const(*verdicts_);
  for (std::size_t i = 0; i < next.size(); ++i) {
    const model::verdict& v = next[i];
    const model::verdict* was = i < last.size() ? &last[i] : nullptr;
    if (was == &v) continue;  // shared: the same
    if (was == nullptr || was->service_id != v.service_id) {
      if (before.empty())
        for (const auto& o : last) before.emplace(o.service_id, &o);
      const auto it = before.find(v.service_id);
      was = it == before.end() ? nullptr : it->second;
    }
    const bool fresh = was == nullptr;
    if (!fresh && (*was == v || gist(*was) == gist(v))) continue;
    const char* const kind = v.container ? "container" : "service";
    const std::string name = v.container ? "Container" : "Service";
    bool bad = false;
    for (const auto& d : v.diagnostics) {
      if (d.level < severity::warning) continue;
      bad = true;
      if (!fresh && same_fate(*was, v) && std::find(was->diagnostics.begin(), was->diagnostics.end(), d) != was->diagnostics.end()) continue;
      log_.write(!opts_.compat_traefik1 && is_mistake(d) ? log_level::error : log_level::warning,
                 name + (v.state == model::routing_state::not_routed ? " not routed" : " routed with warnings"),
                 {{kind, v.service}, {"code", d.code}, {"label", d.label}, {"value", d.value}, {"reason", d.text}, {"fix", d.fix}});
    }
    if (bad) continue;
    if (v.state == model::routing_state::not_routed) {
      log_.debug(name + " not routed", {{kind, v.service}, {"reason", v.reason}});
    } else if (!fresh) {  // a cure is heard where the complaint was
      log_.write(!opts_.compat_traefik1 && has_mistakes(*was) ? log_level::error : log_level::info, name + " routed", {{kind, v.service}});
    }
  }
}

void publisher::say_changes(const model::configuration& next, const snapshot& picture) {
  static const model::configuration nothing;
  const auto changes = changes_between(config_ ? *config_ : nothing, picture_, next, picture);
  const std::string generation = std::to_string(generation_);
  const std::size_t many = changes.backends.size() + changes.frontends.size() + changes.streams.size();
  const auto level = many > most_changes_told ? log_level::debug : log_level::info;
  if (many > most_changes_told) {
    const auto count = [](const auto& list, auto wanted) { return std::to_string(std::count_if(list.begin(), list.end(), wanted)); };
    log_.info("Many routes changed; one line each at level debug",
              {{"backends", std::to_string(changes.backends.size())},
               {"frontendsAdded", count(changes.frontends, [](const auto& c) { return c.what == "added"; })},
               {"frontendsRemoved", count(changes.frontends, [](const auto& c) { return c.what == "removed"; })},
               {"frontendsChanged", count(changes.frontends, [](const auto& c) { return c.what == "changed"; })},
               {"generation", generation}});
  }
  for (const auto& c : changes.backends) {
    if (!log_.enabled(level)) break;
    log_.write(level, "Backend changed",
               {{"service", c.service},
                {"backend", c.backend},
                {"added", c.added},
                {"removed", c.removed},
                {"reason", c.reason},
                {"generation", generation}});
  }
  for (const auto& c : changes.frontends) {
    if (!log_.enabled(level)) break;
    log_.write(level, "Frontend " + c.what, {{"service", c.service}, {"frontend", c.frontend}, {"rule", c.rule}, {"generation", generation}});
  }
  for (const auto& c : changes.streams) {
    if (!log_.enabled(level)) break;
    log_.write(level, c.kind + " " + c.what, {{"service", c.service}, {"name", c.name}, {"generation", generation}});
  }
  told_changes_.clear();
  const auto room = [&] { return told_changes_.size() < most_changes_shown; };
  for (const auto& c : changes.backends)
    if (room()) told_changes_.push_back({c.service, c.backend, "backend changed", c.added, c.removed, c.reason, generation_});
  for (const auto& c : changes.frontends)
    if (room()) told_changes_.push_back({c.service, c.frontend, "frontend " + c.what, c.rule, {}, {}, generation_});
  for (const auto& c : changes.streams)
    if (room()) told_changes_.push_back({c.service, c.name, c.kind + " " + c.what, {}, {}, {}, generation_});
}

std::shared_ptr<const model::verdict_list> publisher::judged(std::shared_ptr<const model::verdict_list> verdicts) const {
  if (refused_.empty()) return verdicts;
  auto out = std::make_shared<model::verdict_list>(*verdicts);
  for (std::size_t i = 0; i < out->size(); ++i) {
    if (concerns(std::as_const(*out)[i], refused_)) tell_refusals((*out)[i], refused_);
  }
  return out;
}

void publisher::show(const snapshot& picture, const own_networks& own, bool round) {
  const bool each_round = opts_.compat_traefik1 && round;
  const bool debug = log_.debug_enabled();
  if (shown_ && !each_round && debug == said_debug_ && own == own_ && same(picture, picture_)) {
    picture_ = picture;
    return;
  }
  const auto t = translator_.translate(picture, own, debug);
  const bool first = !shown_;
  shown_ = true;
  own_ = own;
  say_lines(t, each_round);
  said_ = t.lines;
  said_debug_ = debug;
  if (t.refused) {
    // Traefik: a template error at the first round leaves the provider without any configuration.
    if (first) log_.debug("Received nil configuration from provider \"docker\", skipping.");
    return;
  }
  const bool changed = !config_ || *t.config != *config_;
  if (debug && (changed || each_round)) {
    log_.debug("Configuration received from provider docker: " + traefik_json(*t.config));
  }
  if (changed) {
    ++generation_;
    say_changes(*t.config, picture);
    config_ = t.config;
  } else if (each_round) {
    log_.info("Skipping same configuration for provider docker");
  }
  std::exception_ptr failed;
  if (changed) try {
      refused_ = publish_({generation_, config_, t.verdicts, std::move(told_changes_)});
    } catch (...) {
      config_.reset();  // it is not in force: the next look publishes it again
      shown_ = false;
      failed = std::current_exception();
    }
  const auto verdicts = judged(t.verdicts);
  say_verdicts(*verdicts);
  verdicts_ = verdicts;
  picture_ = picture;
  if (failed) std::rethrow_exception(failed);
}

}  // namespace waggle::discovery
