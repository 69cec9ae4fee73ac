#include "match/registry.hpp"
#include "match/template.hpp"
#include "match/text.hpp"

namespace waggle::match {
namespace {

/// Go's $1, ${1}, ${name}, $name → RE2's \1. An unknown group is empty, as in Go; "$1x" names the group "1x".
std::string to_re2_replacement(std::string_view go, const re2::RE2& re) {
  const auto word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  std::string out;
  for (std::size_t i = 0; i < go.size(); ++i) {
    if (go[i] == '\\') {
      out += "\\\\";
      continue;
    }
    if (go[i] != '$' || i + 1 == go.size()) {
      out += go[i];
      continue;
    }
    if (go[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const bool braces = go[i + 1] == '{';
    const std::size_t begin = i + 1 + (braces ? 1 : 0);
    std::size_t end = begin;
    while (end < go.size() && word(go[end])) ++end;
    if (end == begin || (braces && (end == go.size() || go[end] != '}'))) {
      out += '$';
      continue;
    }
    const std::string name(go.substr(begin, end - begin));
    int group = -1;
    if (name.find_first_not_of("0123456789") == std::string::npos && name.size() <= 2) group = std::stoi(name);
    else if (const auto it = re.NamedCapturingGroups().find(name); it != re.NamedCapturingGroups().end()) group = it->second;
    if (group >= 0 && group <= re.NumberOfCapturingGroups() && group <= 9) {
      out += '\\';
      out += static_cast<char>('0' + group);
    }
    i = end - (braces ? 0 : 1);
  }
  return out;
}

}  // namespace

base::explained_result<void> build_add_prefix(const rule_part& part, rule_builder& out) {
  out.rewrites.add_prefix = part.args.back();
  return {};
}

base::explained_result<void> build_replace_path(const rule_part& part, rule_builder& out) {
  out.rewrites.replace_path = part.args.back();
  return {};
}

base::explained_result<void> build_replace_path_regex(const rule_part& part, rule_builder& out) {
  // Two words split at one blank; anything else is only a warning in Traefik 1.7, and the modifier does nothing.
  const std::string& arg = part.args.back();
  const std::size_t blank = arg.find(' ');
  if (blank == std::string::npos || arg.find(' ', blank + 1) != std::string::npos) return {};
  auto re = compile_regex(std::string_view(arg).substr(0, blank));
  if (!re) return base::explained{"ReplacePathRegex: bad regular expression '" + arg + "': " + re.error().reason};
  out.rewrites.replacement = to_re2_replacement(std::string_view(arg).substr(blank + 1), **re);
  out.rewrites.replace_regex = std::move(*re);
  return {};
}

}  // namespace waggle::match
