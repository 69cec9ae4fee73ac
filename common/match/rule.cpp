#include <waggle/match/rule.hpp>

#include "match/registry.hpp"
#include "match/text.hpp"

#include <algorithm>
#include <utility>

namespace waggle::match {
namespace {

const matcher_row* find_row(std::string_view name) {
  for (const matcher_row& row : registry())
    if (row.name == name) return &row;
  return nullptr;
}

/// One part. Traefik splits at every colon and joins again with single ones, so "::" becomes ":" and a leading or
/// trailing colon of the arguments vanishes; users' rules may lean on it (traefik 1.7 quirk).
base::text_result<rule_part> parse_part(std::string_view text) {
  const std::vector<std::string_view> pieces = split_nonempty(text, ':');
  if (pieces.empty()) return base::text_error{"error parsing rule: '" + std::string(text) + "'"};
  rule_part part;
  part.name = trim_space(pieces[0]);
  if (!find_row(part.name))
    return base::text_error{"error parsing rule: '" + std::string(text) + "'. Unknown function: '" + std::string(pieces[0]) + "'"};
  std::string joined;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    if (i > 1) joined += ':';
    joined += pieces[i];
  }
  for (const std::string_view arg : split_nonempty(joined, ',')) {
    const std::string_view trimmed = trim_space(arg);
    if (!trimmed.empty()) part.args.emplace_back(trimmed);
  }
  if (part.args.empty()) return base::text_error{"error parsing args from rule: '" + std::string(text) + "'"};
  return part;
}

}  // namespace

base::text_result<std::vector<rule_part>> parse_rule(std::string_view text) {
  std::vector<rule_part> parts;
  for (const std::string_view piece : split_nonempty(text, ';')) {
    auto part = parse_part(piece);
    if (!part) return part.error();
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return base::text_error{"empty rule"};
  return parts;
}

base::text_result<std::shared_ptr<const compiled_rule>> compiled_rule::compile(std::string_view text, bool keep_trailing_slash) {
  auto parts = parse_rule(text);
  if (!parts) return parts.error();
  rule_builder builder;
  builder.keep_trailing_slash = keep_trailing_slash;
  for (const rule_part& part : *parts) {
    if (auto built = find_row(part.name)->build(part, builder); !built) return built.error();
  }
  auto rule = std::make_shared<compiled_rule>();
  rule->matchers_ = std::move(builder.matchers);
  rule->hosts_ = std::move(builder.hosts);
  rule->path_before_host_ = builder.path_before_host;
  rule->rewrite_ = std::move(builder.rewrites);
  rule->warnings_ = std::move(builder.warnings);
  return std::shared_ptr<const compiled_rule>(std::move(rule));
}

match_result compiled_rule::match(const request_view& request) const {
  match_result all{true, false};
  for (const auto& m : matchers_) {
    const match_result one = m->match(request);
    if (!one.matched) return {.with_slash = all.with_slash, .redirect_left = all.redirect_slash};
    all.redirect_slash = all.redirect_slash || one.redirect_slash;
    all.with_slash = all.with_slash || one.with_slash;
  }
  return all;
}

}  // namespace waggle::match
