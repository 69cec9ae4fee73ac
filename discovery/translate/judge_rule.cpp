#include "translate/judge_rule.hpp"

#include <waggle/match/rule.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace waggle::discovery {

namespace {

using std::string_view;

constexpr std::array<string_view, 16> matchers{"HostRegexp",
                                               "Host",
                                               "PathPrefixStripRegex",
                                               "PathPrefixStrip",
                                               "PathPrefix",
                                               "PathStripRegex",
                                               "PathStrip",
                                               "Path",
                                               "HeadersRegexp",
                                               "Headers",
                                               "Method",
                                               "Query",
                                               "AddPrefix",
                                               "ReplacePathRegex",
                                               "ReplacePath",
                                               "HostSNI"};

bool has(string_view text, string_view part) noexcept { return text.find(part) != string_view::npos; }

std::string replaced(std::string text, string_view what, string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) text.replace(at, what.size(), by);
  return text;
}

/// The arguments' own text, without what stands in braces.
std::string outside_braces(string_view text) {
  std::string out;
  int depth = 0;
  for (const char c : text) {
    if (c == '{') ++depth;
    else if (c == '}' && depth > 0) --depth;
    else if (depth == 0) out += c;
  }
  return out;
}

bool readable(const std::string& rule) { return match::parse_rule(rule).has_value(); }

rule_doubt doubt(std::string text, std::string instead, std::string otherwise) {
  if (!instead.empty() && !readable(instead)) instead.clear();
  std::string fix = instead.empty() ? std::move(otherwise) : "write " + instead;
  return {std::move(text), std::move(fix), std::move(instead)};
}

/// Where a matcher's name with its colon begins behind something that is no ";": the start of what separates it.
struct missing_semicolon {
  std::size_t from = 0, to = 0;  ///< the separator
  bool either = false;           ///< it says "or"
};

std::optional<missing_semicolon> next_without_semicolon(string_view rule, std::size_t begin) {
  for (std::size_t at = begin; at < rule.size(); ++at) {
    if (at == 0 || std::isalnum(static_cast<unsigned char>(rule[at - 1])) != 0) continue;
    const bool starts = std::any_of(matchers.begin(), matchers.end(), [&](string_view name) {
      const string_view rest = rule.substr(at);
      return rest.size() > name.size() && rest.starts_with(name) && (rest[name.size()] == ':' || rest.substr(name.size()).starts_with(" :"));
    });
    if (!starts) continue;
    std::size_t from = at;
    while (from > 0 && has(" ,&|\t", rule.substr(from - 1, 1))) --from;
    for (const string_view word : {string_view(" and"), string_view(" AND"), string_view(" or"), string_view(" OR")})
      if (from >= word.size() && rule.substr(from - word.size(), word.size()) == word) from -= word.size();
    while (from > 0 && rule[from - 1] == ' ') --from;
    if (from == at || from == 0 || rule[from - 1] == ';') continue;
    const string_view between = rule.substr(from, at - from);
    return missing_semicolon{from, at, has(between, "|") || has(between, "or ") || has(between, "OR ")};
  }
  return std::nullopt;
}

std::optional<rule_doubt> separators(string_view rule) {
  auto found = next_without_semicolon(rule, 0);
  if (!found) return std::nullopt;
  const string_view between = rule.substr(found->from, found->to - found->from);
  if (found->either)
    return rule_doubt{"joins its parts with \"" + std::string(between) + "\"; parts of a rule are always both wanted, so it matches nothing",
                      "give each part a rule of its own: traefik.a.frontend.rule and traefik.b.frontend.rule",
                      {}};
  std::string mended(rule);
  while (found) {
    mended.replace(found->from, found->to - found->from, ";");
    found = next_without_semicolon(mended, found->from + 1);
  }
  mended = replaced(std::move(mended), ": ", ":");
  return doubt("joins its parts with \"" + std::string(between) + "\"; what follows is an argument of the part before and not a part of its own",
               mended, "join the parts with ;");
}

std::optional<rule_doubt> marks(string_view rule) {
  if (has(rule, "{{"))
    return rule_doubt{
        "holds a template; neither Swarm nor Traefik 1 fills in labels of services, so it matches nothing", "write the name itself", {}};
  if (has(rule, "`") || has(rule, "'") || has(rule, "\"")) {
    std::string plain(rule);
    std::erase_if(plain, [](char c) { return c == '`' || c == '\'' || c == '"'; });
    return doubt("holds quotes or back-ticks, as rules of Traefik 2 do; they count as part of the name, so it matches nothing", plain, "remove them");
  }
  return std::nullopt;
}

std::string port_of(string_view host) {
  const auto colon = host.rfind(':');
  if (colon == string_view::npos || colon + 1 == host.size()) return {};
  const string_view digits = host.substr(colon + 1);
  return digits.find_first_not_of("0123456789") == string_view::npos ? std::string(digits) : std::string();
}

std::optional<rule_doubt> host(string_view rule, const std::string& name, const std::string& arg) {
  const auto with = [&](string_view what, string_view by) { return replaced(std::string(rule), what, by); };
  const std::string own = name == "HostRegexp" ? outside_braces(arg) : arg;
  if (const auto scheme = own.find("://"); scheme != std::string::npos || own.starts_with("//")) {
    const std::string rest = arg.substr(scheme == std::string::npos ? 2 : scheme + 3);
    return doubt("names a scheme; a host is compared with the request's Host, so it matches nothing", with(arg, rest), "write the host alone");
  }
  if (const auto slash = own.find('/'); slash != std::string::npos) {
    const auto at = arg.find('/');
    const bool alone = rule == name + ":" + arg;
    return doubt("names a path; a host is compared with the request's Host, so it matches nothing",
                 alone ? name + ":" + arg.substr(0, at) + (at + 1 < arg.size() ? ";PathPrefix:" + arg.substr(at) : std::string()) : std::string(),
                 "write the host alone, and the path as ;PathPrefix:" + arg.substr(at));
  }
  if (const std::string port = port_of(own); !port.empty() && own.find(':') == own.rfind(':'))
    return doubt("names a port; hosts are compared without it, so it matches nothing", with(":" + port, ""), "remove the port");
  if (has(own, "*")) {
    std::string mended = with(arg, replaced(replaced(arg, "*.", "{subdomain:[a-zA-Z0-9-]+}."), "*", "{any:.*}"));
    if (name == "Host") mended = replaced(std::move(mended), "Host:", "HostRegexp:");
    return doubt("holds a *; Traefik 1 knows no such wildcard, so it matches nothing", has(rule, ",") && name == "Host" ? std::string() : mended,
                 "write a part of its own with HostRegexp:{subdomain:[a-z0-9-]+}.…");
  }
  if (name == "Host" && has(own, "{"))
    return doubt("holds braces; only HostRegexp knows them, so it matches nothing", has(rule, ",") ? std::string() : with("Host:", "HostRegexp:"),
                 "use HostRegexp");
  if (has(own, " ")) return rule_doubt{"holds a blank in a host, so it matches nothing", "separate hosts with commas and parts with ;", {}};
  if (own.find_first_of("()[]<>&|=?#@!$%^~\\+") != std::string::npos && name == "Host")
    return rule_doubt{"holds a character that no host has, so it matches nothing", "write hosts alone, separated by commas", {}};
  return std::nullopt;
}

std::optional<rule_doubt> path(string_view rule, const std::string& name, const std::string& arg) {
  const std::string own = outside_braces(arg);
  const auto with = [&](const std::string& instead) {
    std::string out(rule);
    const auto part = out.find(name + ":");
    const auto at = part == std::string::npos ? part : out.find(arg, part + name.size());
    return at == std::string::npos ? std::string() : out.replace(at, arg.size(), instead);
  };
  if (has(own, "://")) {
    const auto slash = arg.find('/', arg.find("://") + 3);
    return doubt("names a scheme and a host; a path begins with /, so it matches nothing",
                 slash == std::string::npos ? std::string() : with(arg.substr(slash)), "write the path alone");
  }
  if (!arg.starts_with('/') && !arg.starts_with('{'))
    return doubt("names a path that does not begin with /, so it matches nothing", with("/" + arg), "begin it with /");
  if (has(own, "*")) {
    std::string mended;
    const bool at_end = arg.ends_with('*') && own.find('*') == own.size() - 1;
    if (at_end && name == "Path") {
      mended = replaced(with(arg.substr(0, arg.size() - 1)), "Path:", "PathPrefix:");
    } else if (at_end) {
      mended = with(arg.substr(0, arg.size() - 1));
    }
    return doubt("holds a *; Traefik 1 knows no such wildcard, so it matches nothing", mended,
                 "use PathPrefix, or a part in braces such as /{any:.*}");
  }
  if (has(own, "?")) return rule_doubt{"names a query in a path, so it matches nothing", "write the query as ;Query:name=value", {}};
  return std::nullopt;
}

}  // namespace

std::optional<rule_doubt> doubt_of(string_view rule) {
  if (auto out = separators(rule)) return out;
  if (auto out = marks(rule)) return out;
  const auto parts = match::parse_rule(rule);
  if (!parts) return std::nullopt;
  for (const match::rule_part& p : *parts) {
    const bool about_host = p.name == "Host" || p.name == "HostRegexp";
    const bool about_path = p.name.starts_with("Path") || p.name == "AddPrefix" || p.name == "ReplacePath";
    for (const std::string& arg : p.args) {
      std::optional<rule_doubt> out;
      if (about_host) out = host(rule, p.name, arg);
      else if (about_path) out = path(rule, p.name, arg);
      if (out) return out;
    }
  }
  return std::nullopt;
}

}  // namespace waggle::discovery
