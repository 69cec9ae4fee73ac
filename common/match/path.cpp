#include "match/registry.hpp"
#include "match/template.hpp"

#include <algorithm>
#include <utility>

namespace waggle::match {
namespace {

using regex = std::shared_ptr<const re2::RE2>;

bool search(std::string_view text, const re2::RE2& re) { return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), re); }

/// Path kinds: literal or template, with the other slash form redirected to the rule's spelling.
class path_matcher final : public matcher {
 public:
  struct alternative {
    std::string literal;  ///< without its trailing slash; used when `re` is null
    regex re;
    bool with_slash;
  };
  path_matcher(std::vector<alternative> any, bool exact) : any_(std::move(any)), exact_(exact) {}
  match_result match(const request_view& r) const override {
    const bool has_slash = r.path.ends_with('/');
    for (const alternative& a : any_) {
      const std::string_view bare = r.path.substr(0, r.path.size() - (has_slash && !a.re ? 1 : 0));
      if (!(a.re ? search(r.path, *a.re) : bare == a.literal)) continue;
      if (has_slash == a.with_slash) return {true};
      if (!exact_) return {true, true, a.with_slash};
    }
    return {};
  }

 private:
  std::vector<alternative> any_;
  bool exact_;
};

class path_prefix_matcher final : public matcher {
 public:
  path_prefix_matcher(std::vector<std::string> literals, std::vector<regex> templates)
      : literals_(std::move(literals)), templates_(std::move(templates)) {}
  match_result match(const request_view& r) const override {
    for (const std::string& p : literals_)
      if (r.path.starts_with(p)) return {true};
    for (const regex& re : templates_)
      if (search(r.path, *re)) return {true};
    return {};
  }

 private:
  std::vector<std::string> literals_;
  std::vector<regex> templates_;
};

bool is_template(std::string_view arg) { return arg.find_first_of("{}") != std::string_view::npos; }

void add_path(const rule_part& part, rule_builder& out) {
  std::vector<path_matcher::alternative> any;
  for (const std::string& arg : part.args) {
    if (!arg.starts_with('/')) continue;  // never matches, no error (Traefik 1.7)
    const bool with_slash = arg.ends_with('/');
    if (!is_template(arg)) {
      any.push_back({arg.substr(0, arg.size() - (with_slash ? 1 : 0)), nullptr, with_slash});
    } else if (auto re = compile_template(arg, {.optional_slash = true})) {
      any.push_back({{}, *re, with_slash});
    }
  }
  out.has_path = out.has_path || !out.keep_trailing_slash;
  out.matchers.push_back(std::make_unique<path_matcher>(std::move(any), out.keep_trailing_slash));
}

void add_prefix(const rule_part& part, rule_builder& out) {
  std::vector<std::string> literals;
  std::vector<regex> templates;
  for (const std::string& arg : part.args) {
    if (!arg.starts_with('/')) continue;
    if (!is_template(arg)) literals.push_back(arg);
    else if (auto re = compile_template(arg, {.anchor_end = false})) templates.push_back(*re);
  }
  out.matchers.push_back(std::make_unique<path_prefix_matcher>(std::move(literals), std::move(templates)));
}

void strip_text(const rule_part& part, rule_builder& out) {
  out.rewrites.strip_prefixes = part.args;
  std::stable_sort(out.rewrites.strip_prefixes.begin(), out.rewrites.strip_prefixes.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

void strip_template(const rule_part& part, bool whole, rule_builder& out) {
  out.rewrites.strip_templates.clear();
  for (const std::string& arg : part.args) {
    if (!arg.starts_with('/')) continue;
    if (auto re = compile_template(arg, {.anchor_end = whole, .optional_slash = whole})) {
      out.rewrites.strip_templates.push_back(*re);
    }
  }
}

}  // namespace

base::text_result<void> build_path(const rule_part& part, rule_builder& out) {
  add_path(part, out);
  return {};
}
base::text_result<void> build_path_strip(const rule_part& part, rule_builder& out) {
  add_path(part, out);
  strip_text(part, out);
  return {};
}
base::text_result<void> build_path_strip_regex(const rule_part& part, rule_builder& out) {
  add_path(part, out);
  strip_template(part, true, out);
  return {};
}
base::text_result<void> build_path_prefix(const rule_part& part, rule_builder& out) {
  add_prefix(part, out);
  return {};
}
base::text_result<void> build_path_prefix_strip(const rule_part& part, rule_builder& out) {
  add_prefix(part, out);
  strip_text(part, out);
  return {};
}
base::text_result<void> build_path_prefix_strip_regex(const rule_part& part, rule_builder& out) {
  add_prefix(part, out);
  strip_template(part, false, out);
  return {};
}

}  // namespace waggle::match
