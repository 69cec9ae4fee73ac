#include "translate/judge_effect.hpp"

#include "labels/label_use.hpp"
#include "labels/users.hpp"

#include <waggle/base/edit_distance.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace waggle::discovery {

namespace {

using model::severity;
using std::string_view;

struct needs {
  string_view prefix;  ///< of the label that does nothing …
  string_view other;   ///< … without this one; several: any, separated by "|"
  string_view what;    ///< why
  string_view fix;
};

constexpr std::array rows = std::to_array<needs>({
    {"traefik.backend.loadbalancer.stickiness.", "traefik.backend.loadbalancer.stickiness", "the service has no sticky sessions",
     "add traefik.backend.loadbalancer.stickiness=true"},
    {"traefik.backend.healthcheck.", "traefik.backend.healthcheck.path", "a health check needs a path", "add traefik.backend.healthcheck.path"},
    {"traefik.frontend.rateLimit.", "traefik.frontend.rateLimit.extractorFunc", "a rate limit needs to know what it counts by",
     "add traefik.frontend.rateLimit.extractorFunc=client.ip"},
    {"traefik.backend.maxconn.extractorfunc", "traefik.backend.maxconn.amount", "there is no limit", "add traefik.backend.maxconn.amount"},
    {"traefik.frontend.whiteList.useXForwardedFor", "traefik.frontend.whiteList.sourceRange|traefik.frontend.whitelistSourceRange",
     "there is no white list", "add traefik.frontend.whiteList.sourceRange"},
    {"traefik.frontend.redirect.permanent", "traefik.frontend.redirect.entryPoint|traefik.frontend.redirect.regex", "there is no redirect",
     "add traefik.frontend.redirect.entryPoint"},
    {"traefik.frontend.redirect.regex", "traefik.frontend.redirect.replacement|traefik.frontend.redirect.entryPoint", "a redirect needs both",
     "add traefik.frontend.redirect.replacement"},
    {"traefik.frontend.redirect.replacement", "traefik.frontend.redirect.regex|traefik.frontend.redirect.entryPoint", "a redirect needs both",
     "add traefik.frontend.redirect.regex"},
});

bool is_given(const label_set& labels, string_view key) {
  const auto it = labels.find(key);
  return it != labels.end() && !it->second.value.empty() && it->second.value != "false";
}

bool any_given(const label_set& labels, string_view keys) {
  while (true) {
    const auto bar = keys.find('|');
    if (is_given(labels, keys.substr(0, bar))) return true;
    if (bar == string_view::npos) return false;
    keys.remove_prefix(bar + 1);
  }
}

// Labels of which one is enough to lock a service.
constexpr std::array auth_locks = std::to_array<string_view>({"traefik.frontend.auth.basic", "traefik.frontend.auth.basic.users",
                                                              "traefik.frontend.auth.basic.usersFile", "traefik.frontend.auth.digest.users",
                                                              "traefik.frontend.auth.digest.usersFile", "traefik.frontend.auth.forward.address"});
constexpr std::array range_locks = std::to_array<string_view>({"traefik.frontend.whiteList.sourceRange", "traefik.frontend.whitelistSourceRange"});

/// A variable that nobody set takes a lock away without a word, as in Traefik.
template <std::size_t N>
void judge_lock(std::vector<model::diagnostic>& out, const label_set& labels, const std::array<string_view, N>& locks, string_view others) {
  label_set::const_iterator empty = labels.end();
  for (const string_view key : locks) {
    const auto it = labels.find(key);
    if (it == labels.end()) continue;
    if (it->second.value.find_first_not_of(", \t") != std::string::npos) return;
    empty = it;
  }
  if (empty == labels.end()) return;
  out.push_back(about_label(severity::warning, "empty-lock", {empty->first, empty->second.key, empty->second.value, {}},
                            "is empty and locks nothing: the service is open to everybody",
                            "write " + std::string(others) + ", or remove the label"));
}

bool is_quoted(string_view value) { return value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.front() == value.back(); }

/// One letter too many, too few or another, or two that changed places: not more, for "traffic" is a word of its own.
bool nearly(string_view word, string_view prefix) {
  if (base::edit_distance(word, prefix, 1) <= 1) return true;
  if (word.size() != prefix.size()) return false;
  const auto [a, b] = std::mismatch(word.begin(), word.end(), prefix.begin());
  return a + 1 != word.end() && a[0] == b[1] && a[1] == b[0] && std::equal(a + 2, word.end(), b + 2);
}

label_use use_of(string_view key, string_view value) { return {key, key, value, {}}; }

bool ours(string_view key) noexcept { return key.starts_with("traefik.") || key.starts_with("waggle."); }

}  // namespace

void judge_effect(std::vector<model::diagnostic>& out, const model::backend& b, const label_set& labels) {
  const auto told = [&out](string_view key) {
    return std::any_of(out.begin(), out.end(), [&](const model::diagnostic& d) { return d.label == key; });
  };
  for (const needs& row : rows) {
    const auto it = labels.lower_bound(row.prefix);
    if (it == labels.end() || !it->first.starts_with(row.prefix) || it->second.value.empty() || any_given(labels, row.other) || told(it->second.key))
      continue;
    out.push_back(about_label(severity::warning, "no-effect", {it->first, it->second.key, it->second.value, {}},
                              "does nothing: " + std::string(row.what), std::string(row.fix)));
  }
  judge_lock(out, labels, auth_locks, "who may come in");
  judge_lock(out, labels, range_locks, "the addresses that may come in");
  if (const auto it = labels.find("traefik.backend.loadbalancer.method");
      it != labels.end() && !it->second.value.empty() && !(b.balance && model::find_balance_policy(b.balance->method)))
    out.push_back(about_label(severity::warning, "unknown-method", {it->first, it->second.key, it->second.value, {}},
                              "is no method of Traefik 1; wrr is used", "write wrr or drr, or remove it"));
}

void judge_redirect(std::vector<model::diagnostic>& out, const model::frontend& f, const label_set& labels, const options& opts) {
  if (!f.options.redirect || f.options.redirect->entry_point.empty() || opts.entry_points.empty()) return;
  const std::string& target = f.options.redirect->entry_point;
  const auto it = labels.find("traefik.frontend.redirect.entryPoint");
  if (it == labels.end()) return;
  const label_use use{it->first, it->second.key, it->second.value, {}};
  const bool clear = std::find(opts.clear_entry_points.begin(), opts.clear_entry_points.end(), target) != opts.clear_entry_points.end();
  if (clear)
    out.push_back(about_label(severity::warning, "redirect-to-clear", use,
                              "sends browsers to " + target + ", which speaks no TLS: to http:// on a port where they expect https",
                              "remove the redirect and end TLS in front of waggle, or give the entry point " + target + " TLS once it is served"));
}

void judge_writing(std::vector<model::diagnostic>& out, const service& s) {
  for (const auto& [key, value] : s.labels) {
    const string_view name = key;
    if (!ours(key)) {
      const string_view first = name.substr(0, name.find('.'));
      if (first.size() == name.size()) continue;
      for (const string_view prefix : {string_view("traefik"), string_view("waggle")})
        if (nearly(first, prefix)) {
          out.push_back(about_label(severity::warning, "unknown-label", use_of(key, value), "begins with a word that waggle does not read",
                                    "did you mean " + std::string(prefix) + std::string(name.substr(first.size())) + "?"));
          break;
        }
      continue;
    }
    if (auto found = users::judge_value(key, value)) out.push_back(std::move(*found));
  }
}

void advise_quotes(service_plan& plan, const service& s) {
  for (const auto& [key, value] : s.labels) {
    if (!ours(key) || !is_quoted(value)) continue;
    const std::string plain = value.substr(1, value.size() - 2);
    const bool secret = users::holds_users(key);
    const std::string fix = "write " + key + (secret ? std::string() : "=" + plain) +  // hashes are nobody's business
                            " without these quotes: in the list form of YAML, and behind --label, they are part of the value";
    bool told = false;
    const auto mend = [&](std::vector<model::diagnostic>& all) {
      for (model::diagnostic& d : all) {
        if (d.label != key) continue;
        d.fix = shown(fix, most_said);
        d.instead = plain;
        told = true;
      }
    };
    mend(plan.diagnostics);
    for (segment_plan& segment : plan.segments) mend(segment.diagnostics);
    for (tcp_part& part : plan.layer4.tcp) mend(part.diagnostics);
    for (udp_part& part : plan.layer4.udp) mend(part.diagnostics);
    if (told) continue;
    plan.diagnostics.push_back(about_label(severity::warning, "quotes-in-value", use_of(key, secret ? string_view() : string_view(value)),
                                           "begins and ends with quotes that are part of the value", fix));
    plan.diagnostics.back().instead = plain;
  }
}

}  // namespace waggle::discovery
