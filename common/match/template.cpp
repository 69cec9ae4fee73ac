#include "match/template.hpp"

namespace waggle::match {

base::text_result<std::shared_ptr<const re2::RE2>> compile_template(std::string_view text, const template_options& options) {
  std::string pattern = "^";
  std::string_view rest = text;
  // The other slash form is accepted by making the last one optional.
  const bool ends_with_slash = options.optional_slash && rest.ends_with('/');
  if (ends_with_slash) rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::size_t brace = rest.find_first_of("{}");
    const std::string_view literal = rest.substr(0, brace);
    pattern += re2::RE2::QuoteMeta(re2::StringPiece(literal.data(), literal.size()));
    if (brace == std::string_view::npos) break;
    if (rest[brace] == '}') return base::text_error{"unbalanced braces"};
    std::size_t depth = 0, end = brace;
    for (; end < rest.size(); ++end) {
      if (rest[end] == '{') ++depth;
      if (rest[end] == '}' && --depth == 0) break;
    }
    if (end == rest.size()) return base::text_error{"unbalanced braces"};
    const std::string_view inner = rest.substr(brace + 1, end - brace - 1);
    const std::size_t colon = inner.find(':');
    const std::string_view name = inner.substr(0, colon);
    const std::string_view expr = colon == std::string_view::npos ? options.default_pattern : inner.substr(colon + 1);
    if (name.empty() || expr.empty()) return base::text_error{"missing name or pattern in '{" + std::string(inner) + "}'"};
    pattern += "(?:";
    pattern += expr;
    pattern += ')';
    rest.remove_prefix(end + 1);
  }
  if (options.optional_slash) pattern += "/?";
  if (options.anchor_end) pattern += '$';
  return compile_regex(pattern, options.ignore_case);
}

}  // namespace waggle::match
