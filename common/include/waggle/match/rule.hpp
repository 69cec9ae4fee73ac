// Traefik 1 frontend rules: text → parsed parts → a compiled predicate. The same code validates in discovery and decides
// in the proxy. Grammar and quirks: Traefik 1.7 behaviour, documented in docs/labels.md.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/match/request_view.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace waggle::match {

/// One NAME:args of a rule.
struct rule_part {
  std::string name;               ///< "PathPrefix"
  std::vector<std::string> args;  ///< trimmed, never empty
  bool operator==(const rule_part&) const = default;
};

/// `part { ";" part }` by Traefik 1's grammar (names are known, argument counts are right).
/// Errors carry Traefik's text: "empty rule", "error parsing rule: '…'. Unknown function: '…'".
base::explained_result<std::vector<rule_part>> parse_rule(std::string_view text);

/// How the request target is rewritten once a rule has matched (section 6.4 order: strip by template, strip by text,
/// AddPrefix, ReplacePathRegex, ReplacePath).
struct rewrite {
  std::vector<std::string> strip_prefixes;        ///< longest first
  std::vector<std::string> strip_templates;       ///< PathStripRegex, PathPrefixStripRegex
  std::string add_prefix, replace_path;
  std::string replace_regex, replacement;
  bool empty() const noexcept {
    return strip_prefixes.empty() && strip_templates.empty() && add_prefix.empty() && replace_path.empty() &&
           replace_regex.empty();
  }
  bool operator==(const rewrite&) const = default;
};

/// What a match says besides yes and no.
struct match_result {
  bool matched = false;
  bool redirect_slash = false;  ///< Path matched only with one slash added or removed: answer 301
};

/// One compiled matcher. Immutable; thread: any.
class matcher {
 public:
  virtual ~matcher() = default;
  virtual match_result match(const request_view& request) const = 0;
};

/// A rule ready to decide. Immutable; thread: any. Cost: one virtual call per part after the host lookup.
class compiled_rule {
 public:
  /// @param text  one rule; @return explained error exactly when Traefik would refuse the frontend.
  static base::explained_result<std::shared_ptr<const compiled_rule>> compile(std::string_view text);

  match_result match(const request_view& request) const;
  /// Hosts of its Host part, lower-cased (the table indexes by them); empty if it has none.
  const std::vector<std::string>& hosts() const noexcept { return hosts_; }
  const rewrite& rewrites() const noexcept { return rewrite_; }

 private:
  std::vector<std::unique_ptr<const matcher>> matchers_;
  std::vector<std::string> hosts_;
  rewrite rewrite_;
};

}  // namespace waggle::match
