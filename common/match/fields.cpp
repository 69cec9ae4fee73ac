#include "match/registry.hpp"
#include "match/template.hpp"

#include <algorithm>
#include <utility>

namespace waggle::match {
namespace {

char to_upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }

class method_matcher final : public matcher {
 public:
  explicit method_matcher(std::vector<std::string> any) : any_(std::move(any)) {}
  match_result match(const request_view& r) const override {
    return {std::find(any_.begin(), any_.end(), r.method) != any_.end()};  // with case, as methods are
  }

 private:
  std::vector<std::string> any_;
};

/// Headers and HeadersRegexp: every named field must have a line that fits. Host is no field here (Traefik 1.7).
class headers_matcher final : public matcher {
 public:
  struct pair {
    std::string name, value;
    std::shared_ptr<const re2::RE2> re;  ///< null: compare with value
  };
  explicit headers_matcher(std::vector<pair> all) : all_(std::move(all)) {}
  match_result match(const request_view& r) const override {
    return {std::all_of(all_.begin(), all_.end(), [&](const pair& p) {
      return !http::iequals(p.name, "host") && std::any_of(r.fields.begin(), r.fields.end(), [&](const http::field& f) {
        if (!http::iequals(f.name, p.name)) return false;
        return p.re ? re2::RE2::PartialMatch(re2::StringPiece(f.value.data(), f.value.size()), *p.re) : f.value == p.value;
      });
    })};
  }

 private:
  std::vector<pair> all_;
};

base::text_result<void> build_pairs(const rule_part& part, bool regexps, rule_builder& out) {
  if (part.args.size() % 2 != 0)
    return base::text_error{part.name + ": number of parameters must be multiple of 2, got " + std::to_string(part.args.size())};
  std::vector<headers_matcher::pair> all;
  for (std::size_t i = 0; i < part.args.size(); i += 2) {
    headers_matcher::pair p{part.args[i], part.args[i + 1], nullptr};
    if (regexps) {
      auto re = compile_regex(p.value);
      if (!re) return base::text_error{part.name + ": bad regular expression '" + p.value + "': " + re.error().reason};
      p.re = *re;
    }
    all.push_back(std::move(p));
  }
  out.matchers.push_back(std::make_unique<headers_matcher>(std::move(all)));
  return {};
}

}  // namespace

base::text_result<void> build_method(const rule_part& part, rule_builder& out) {
  std::vector<std::string> any = part.args;
  for (std::string& m : any) std::transform(m.begin(), m.end(), m.begin(), to_upper);
  out.matchers.push_back(std::make_unique<method_matcher>(std::move(any)));
  return {};
}

base::text_result<void> build_headers(const rule_part& part, rule_builder& out) { return build_pairs(part, false, out); }
base::text_result<void> build_headers_regexp(const rule_part& part, rule_builder& out) { return build_pairs(part, true, out); }

}  // namespace waggle::match
