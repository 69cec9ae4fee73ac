#include "match/registry.hpp"
#include "match/template.hpp"

#include <waggle/match/host_name.hpp>

#include <algorithm>
#include <utility>

namespace waggle::match {
namespace {

/// Host:h,… - exact, without case. The request's host is already lower case and without port.
class host_matcher final : public matcher {
 public:
  explicit host_matcher(std::vector<std::string> hosts) : hosts_(std::move(hosts)) {}
  match_result match(const request_view& r) const override {
    return {!r.host.empty() && std::find(hosts_.begin(), hosts_.end(), r.host) != hosts_.end()};
  }

 private:
  std::vector<std::string> hosts_;
};

class host_regexp_matcher final : public matcher {
 public:
  explicit host_regexp_matcher(std::vector<std::shared_ptr<const re2::RE2>> any) : any_(std::move(any)) {}
  match_result match(const request_view& r) const override {
    for (const auto& re : any_)
      if (re2::RE2::PartialMatch(re2::StringPiece(r.host.data(), r.host.size()), *re)) return {true};
    return {};
  }

 private:
  std::vector<std::shared_ptr<const re2::RE2>> any_;
};

}  // namespace

base::text_result<void> build_host(const rule_part& part, rule_builder& out) {
  std::vector<std::string> hosts = part.args;
  for (std::string& h : hosts) h = http::lowered(std::string(without_final_dot(h)));
  if (out.hosts.empty()) {  // a second Host part is checked by its own matcher
    out.hosts = hosts;
    out.path_before_host = out.has_path;
  }
  out.matchers.push_back(std::make_unique<host_matcher>(std::move(hosts)));
  return {};
}

base::text_result<void> build_host_regexp(const rule_part& part, rule_builder& out) {
  std::vector<std::shared_ptr<const re2::RE2>> any;
  for (const std::string& arg : part.args) {
    // A malformed alternative never matches; it is no error (Traefik 1.7).
    if (auto re = compile_template(without_final_dot(arg), {.default_pattern = "[^.]+", .ignore_case = true})) any.push_back(*re);
  }
  out.matchers.push_back(std::make_unique<host_regexp_matcher>(std::move(any)));
  return {};
}

}  // namespace waggle::match
