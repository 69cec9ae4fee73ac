#include "match/registry.hpp"
#include "match/template.hpp"
#include "match/text.hpp"

#include <waggle/base/hex.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace waggle::match {
namespace {

/// First value of parameter `name`; none if it is not there. ';' separates like '&' (official Traefik 1.7 builds).
std::optional<std::string> first_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find_first_of("&;");
    const std::string_view pair = query.substr(0, end);
    const std::size_t eq = pair.find('=');
    if (!pair.empty()) {
      const auto key = base::percent_decode(pair.substr(0, eq), true);
      const auto value = base::percent_decode(eq == std::string_view::npos ? std::string_view{} : pair.substr(eq + 1), true);
      if (key && value && *key == name) return value;
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

class query_matcher final : public matcher {
 public:
  struct pair {
    std::string name;
    std::shared_ptr<const re2::RE2> re;  ///< null: any value
  };
  explicit query_matcher(std::vector<pair> all) : all_(std::move(all)) {}
  match_result match(const request_view& r) const override {
    return {std::all_of(all_.begin(), all_.end(), [&](const pair& p) {
      const auto value = first_value(r.query, p.name);
      return value && (!p.re || re2::RE2::FullMatch(*value, *p.re));
    })};
  }

 private:
  std::vector<pair> all_;
};

}  // namespace

base::text_result<void> build_query(const rule_part& part, rule_builder& out) {
  std::vector<std::string> words;  // every argument cut at every '=', as Traefik 1.7 does
  for (const std::string& arg : part.args) {
    std::string_view rest = arg;
    for (;;) {
      const std::size_t eq = rest.find('=');
      words.emplace_back(rest.substr(0, eq));
      if (eq == std::string_view::npos) break;
      rest.remove_prefix(eq + 1);
    }
  }
  if (words.size() % 2 != 0) return base::text_error{"Query: number of parameters must be multiple of 2, got " + std::to_string(words.size())};
  std::vector<query_matcher::pair> all;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    query_matcher::pair p{words[i], nullptr};
    if (!words[i + 1].empty()) {
      auto re = compile_template(words[i + 1], {.default_pattern = ".*"});
      if (!re) return base::text_error{"Query: bad pattern '" + words[i + 1] + "': " + re.error().reason};
      p.re = *re;
    }
    all.push_back(std::move(p));
  }
  out.matchers.push_back(std::make_unique<query_matcher>(std::move(all)));
  return {};
}

}  // namespace waggle::match
