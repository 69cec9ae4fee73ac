// Traefik 1 frontend rules: text → parsed parts → a compiled predicate. The same code validates in discovery and decides
// in the proxy. Grammar and quirks: Traefik 1.7 behaviour, documented in docs/labels.md.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/match/request_view.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace waggle::match {

/// One NAME:args of a rule.
struct rule_part {
  std::string name;               ///< "PathPrefix"
  std::vector<std::string> args;  ///< trimmed, never empty
  bool operator==(const rule_part&) const = default;
};

/// `part { ";" part }` by Traefik 1's grammar (names are known, argument counts are right).
/// Errors carry Traefik's text: "empty rule", "error parsing rule: '…'. Unknown function: '…'".
base::text_result<std::vector<rule_part>> parse_rule(std::string_view text);

/// How the request path is rewritten once a rule has matched, in this order whatever the order in the rule: strip by
/// template, strip by text, AddPrefix, ReplacePathRegex, ReplacePath (Traefik 1.7). The last part of a kind wins.
struct rewrite {
  std::vector<std::shared_ptr<const re2::RE2>> strip_templates;  ///< anchored at the start (and end for PathStripRegex)
  std::vector<std::string> strip_prefixes;                       ///< longest first
  std::string add_prefix;
  std::shared_ptr<const re2::RE2> replace_regex;  ///< with `replacement` in RE2's \\1 syntax
  std::string replacement;
  std::string replace_path;
  bool empty() const noexcept {
    return strip_prefixes.empty() && strip_templates.empty() && add_prefix.empty() && replace_path.empty() && !replace_regex;
  }
};

/// What a match says besides yes and no.
struct match_result {
  bool matched = false;
  bool redirect_slash = false;  ///< Path matched only with one slash added or removed: answer 301 …
  bool with_slash = false;      ///< … to the path with the slash (else to the one without)
  bool redirect_left = false;   ///< no match, but Path had asked for such a redirect when a later part failed (Traefik 1.7 quirk)
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
  /// @param text  one rule; @param keep_trailing_slash  Path matches exactly, nothing is redirected (--keeptrailingslash).
  /// @return explained error when Traefik would refuse the frontend.
  static base::text_result<std::shared_ptr<const compiled_rule>> compile(std::string_view text, bool keep_trailing_slash = false);

  match_result match(const request_view& request) const;
  /// Hosts of its Host part, lower-cased (the table indexes by them); empty if it has none.
  const std::vector<std::string>& hosts() const noexcept { return hosts_; }
  /// A Path part comes before that Host part: it is asked for other hosts, too, if redirect_left is to be told.
  bool path_before_host() const noexcept { return path_before_host_; }
  const rewrite& rewrites() const noexcept { return rewrite_; }
  /// What is no error but does nothing, in Traefik's words.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  std::vector<std::unique_ptr<const matcher>> matchers_;
  std::vector<std::string> hosts_;
  bool path_before_host_ = false;
  rewrite rewrite_;
  std::vector<std::string> warnings_;
};

}  // namespace waggle::match
