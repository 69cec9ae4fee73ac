#include "match/registry.hpp"
#include "match/template.hpp"
#include "match/text.hpp"

#include <utility>

namespace waggle::match {
base::text_result<void> build_add_prefix(const rule_part& part, rule_builder& out) {
  out.rewrites.add_prefix = part.args.back();
  return {};
}

base::text_result<void> build_replace_path(const rule_part& part, rule_builder& out) {
  out.rewrites.replace_path = part.args.back();
  return {};
}

base::text_result<void> build_replace_path_regex(const rule_part& part, rule_builder& out) {
  // Two words split at one blank; anything else is only a warning in Traefik 1.7, and the modifier does nothing.
  const std::string& arg = part.args.back();
  const std::size_t blank = arg.find(' ');
  if (blank == std::string::npos || arg.find(' ', blank + 1) != std::string::npos) {
    out.warnings.push_back("Invalid syntax for ReplacePathRegex: " + arg + ". Separate the regular expression and the replacement by a space.");
    return {};
  }
  auto re = compile_regex(std::string_view(arg).substr(0, blank));
  if (!re) return base::text_error{"ReplacePathRegex: bad regular expression '" + arg + "': " + re.error().reason};
  out.rewrites.replacement = to_re2_replacement(std::string_view(arg).substr(blank + 1), **re);
  out.rewrites.replace_regex = std::move(*re);
  return {};
}

}  // namespace waggle::match
