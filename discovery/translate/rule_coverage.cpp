#include "translate/rule_coverage.hpp"

#include <waggle/http/field.hpp>
#include <waggle/match/host_name.hpp>
#include <waggle/match/rule.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace waggle::discovery {

namespace {

std::string text_of(const match::rule_part& part) {
  std::string out = part.name + ':';
  for (const auto& a : part.args) out += a + ',';
  return out;
}

bool rewrites_only(std::string_view name) noexcept { return name == "AddPrefix" || name.starts_with("ReplacePath"); }

// The other names of these (PathPrefixStrip, …) differ in what they rewrite.
std::string_view kind_of(std::string_view name) noexcept {
  if (name.starts_with("PathPrefix")) return "PathPrefix";
  return name.starts_with("Path") ? "Path" : name;
}

void add_paths(const match::rule_part& part, rule_coverage& out) {
  for (const auto& arg : part.args) {
    if (!arg.starts_with('/')) continue;  // never matches
    const auto brace = arg.find_first_of("{}");
    if (brace == std::string::npos) {
      out.paths.push_back({arg, part.name == "Path"});
      continue;
    }
    out.partly = true;
    // An expression with brackets of its own may end the template's: then nothing is known of where it begins.
    out.paths.push_back({arg.find(')') == std::string::npos ? arg.substr(0, brace) : "/", false});
  }
}

}  // namespace

std::string same_requests_key(const rule_coverage& of) {
  if (of.paths.empty()) return {};
  std::set<std::string> hosts(of.hosts.begin(), of.hosts.end()), paths;
  for (const auto& p : of.paths) paths.insert(p.text + (p.exact ? "\n=" : "\n"));
  std::string out(of.partly ? "~" : "/");
  for (const auto& h : hosts) out += '\n' + h;
  out += '\t';
  for (const auto& p : paths) out += '\n' + p;
  return out + '\t' + of.rest;
}

rule_coverage extent_of(std::string_view rule) {
  rule_coverage out;
  auto parts = match::parse_rule(rule);
  if (!parts) return out;
  std::vector<std::string> rest;
  bool has_path = false;
  for (match::rule_part& part : *parts) {
    part.name = kind_of(part.name);
    if (rewrites_only(part.name)) continue;
    if (part.name == "Host" && out.hosts.empty()) {
      out.hosts = std::move(part.args);
      for (auto& h : out.hosts) h = http::lowered(std::string(match::without_final_dot(h)));
    } else if (part.name.starts_with("Path") && !has_path) {
      has_path = true;
      add_paths(part, out);
      if (out.partly) rest.push_back(text_of(part));
    } else {
      rest.push_back(text_of(part));
    }
  }
  // Every path begins with a slash (but for the asterisk of OPTIONS, which no rule is written for).
  if (!has_path) out.paths.push_back({"/", false});
  std::sort(rest.begin(), rest.end());
  for (const auto& r : rest) out.rest += r + ';';
  return out;
}

}  // namespace waggle::discovery
