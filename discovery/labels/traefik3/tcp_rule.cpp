#include "labels/traefik3/tcp_rule.hpp"

#include "labels/address_text.hpp"
#include "labels/go_value.hpp"
#include "labels/label_use.hpp"

#include <waggle/base/log.hpp>
#include <waggle/match/regex.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace waggle::discovery::traefik3 {

namespace {

using model::tcp_match;
using list = std::vector<std::string>;

constexpr unsigned deepest = 32;  // brackets in brackets

constexpr list tcp_match::*lists[] = {&tcp_match::sni, &tcp_match::sni_regex, &tcp_match::client_ip, &tcp_match::alpn};

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string small(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

void append(list& into, list more) {
  if (into.empty()) into = std::move(more);
  else std::move(more.begin(), more.end(), std::back_inserter(into));
}

/// Recursive descent; the first error ends it.
class rule_parser {
 public:
  explicit rule_parser(std::string_view text) : rest_(text) {}

  base::text_result<tcp_match> run() {
    auto out = either();
    skip();
    if (error_.empty() && !rest_.empty()) fail("has something unexpected at " + quoted(rest_));
    if (!error_.empty()) return base::text_error{std::move(error_)};
    for (const auto member : lists) {
      list& l = out.*member;
      std::sort(l.begin(), l.end());
      l.erase(std::unique(l.begin(), l.end()), l.end());
    }
    return out;
  }

 private:
  static std::string quoted(std::string_view text) { return base::go_quote(shown(text, 40)); }
  tcp_match fail(std::string reason) {
    if (error_.empty()) error_ = std::move(reason);
    return {};
  }
  void skip() {
    while (!rest_.empty() && blank(rest_.front())) rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    skip();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  tcp_match either() {
    tcp_match out = all();
    while (error_.empty() && take("||")) {
      tcp_match other = all();
      if (error_.empty()) out = either_of(std::move(out), std::move(other));
    }
    return out;
  }

  tcp_match all() {
    tcp_match out = one();
    while (error_.empty() && take("&&")) {
      tcp_match other = one();
      if (error_.empty()) out = both_of(std::move(out), std::move(other));
    }
    return out;
  }

  tcp_match one() {
    if (++depth_ > deepest) return fail("has too many brackets in brackets");
    tcp_match out;
    if (take("!")) out = fail("holds a negation (!), which waggle does not serve");
    else if (take("(")) {
      out = either();
      if (error_.empty() && !take(")")) fail("lacks a closing bracket");
    } else {
      out = matcher();
    }
    --depth_;
    return out;
  }

  tcp_match either_of(tcp_match a, tcp_match b) {
    // Who takes all takes what the other takes.
    if (a == tcp_match{} || b == tcp_match{}) return {};
    list tcp_match::*differing = nullptr;
    for (const auto member : lists) {
      if (a.*member == b.*member) continue;
      if (differing != nullptr || (a.*member).empty() || (b.*member).empty())
        return fail("has an || between unlike things (names and addresses, for example); make a router of each");
      differing = member;
    }
    if (differing != nullptr) append(a.*differing, std::move(b.*differing));
    return a;
  }

  tcp_match both_of(tcp_match a, tcp_match b) {
    for (const auto member : lists) {
      if ((b.*member).empty() || a.*member == b.*member) continue;
      if (!(a.*member).empty()) return fail("asks for two things of one kind at once by &&; write || between them, or one expression");
      a.*member = std::move(b.*member);
    }
    return a;
  }

  tcp_match matcher() {
    skip();
    const auto open = rest_.find('(');
    const std::string_view word = trimmed(rest_.substr(0, open));
    const bool letters =
        !word.empty() && std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (open == std::string_view::npos || !letters) return fail(rest_.empty() ? "ends too early" : "has no matcher at " + quoted(rest_));
    rest_.remove_prefix(open + 1);
    list arguments;
    do {
      auto text = argument();
      if (!error_.empty()) return {};
      arguments.push_back(std::move(text));
    } while (take(","));
    if (!take(")")) return fail("lacks a closing bracket behind " + std::string(word));
    return of(small(word), std::move(arguments));
  }

  std::string argument() {
    skip();
    const char mark = rest_.empty() ? '\0' : rest_.front();
    if (mark != '`' && mark != '"') {
      fail("has an argument that is not in backticks");
      return {};
    }
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != mark) end += mark == '"' && rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) {
      fail("has an argument without its closing " + std::string(1, mark));
      return {};
    }
    std::string out(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    if (mark == '`') return out;
    auto plain = unescape_go(out);
    if (plain.has_error()) fail(plain.error().reason);
    return plain.has_value() ? std::move(*plain) : std::string();
  }

  tcp_match of(const std::string& word, list arguments) {
    if (word == "hostsni") return host_sni(arguments);
    if (word == "hostsniregexp") return host_sni_regexp(std::move(arguments));
    if (word == "clientip") {
      for (const std::string& a : arguments)
        if (!is_ip_range(a)) return fail("names " + quoted(a) + ", which is neither an address nor a block");
      return {{}, {}, std::move(arguments), {}};
    }
    if (word == "alpn") {
      for (const std::string& a : arguments) {
        if (a.empty() || a.size() > 255) return fail("has an ALPN of no protocol");
        if (a == "acme-tls/1") return fail("routes acme-tls/1: whoever gets it can have certificates made for the name");
      }
      return {{}, {}, {}, std::move(arguments)};
    }
    return fail("has the unknown matcher " + quoted(word) + "; TCP routers have HostSNI, HostSNIRegexp, ClientIP and ALPN");
  }

  tcp_match host_sni(const list& arguments) {
    tcp_match out;
    bool any = false;
    for (const std::string& a : arguments) {
      any = any || a == "*";
      if (a == "*") continue;
      auto name = server_name_pattern(a);
      if (!name) return fail("names " + quoted(a) + ", which no client sends as a name");
      out.sni.push_back(std::move(*name));
    }
    return any ? tcp_match{} : out;
  }

  tcp_match host_sni_regexp(list arguments) {
    for (const std::string& a : arguments) {
      const auto brace = a.find('{'), colon = a.find(':', brace == std::string::npos ? 0 : brace);
      if (brace != std::string::npos && brace + 1 < a.size() && a[brace + 1] >= 'A' && colon != std::string::npos)
        return fail("has a template of Traefik 2 in " + quoted(a) + R"(; write an expression, such as ^[a-z]+\.example$)");
      if (const auto compiled = match::compile_regex(a); !compiled)
        return fail("has the bad expression " + quoted(a) + ": " + compiled.error().reason);
    }
    return {{}, std::move(arguments), {}, {}};
  }

  std::string_view rest_;
  std::string error_;
  unsigned depth_ = 0;
};

}  // namespace

base::text_result<tcp_match> parse_tcp_rule(std::string_view rule) { return rule_parser(rule).run(); }

}  // namespace waggle::discovery::traefik3
