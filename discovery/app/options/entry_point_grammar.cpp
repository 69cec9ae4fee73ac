#include "options/entry_point_grammar.hpp"

#include "options/entry_point_guards.hpp"
#include "options/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace waggle::app {
namespace {

using base::text_error;
using outcome = base::text_result<void>;

outcome set_ranges(proxy::trust& trust, std::string_view value) {
  for (std::string& range : split_list(value)) {
    if (auto ok = check_ip_range(range); !ok) return ok;
    trust.ranges.push_back(std::move(range));
  }
  return {};
}

outcome set_everyone(proxy::trust& trust, std::string_view value) {
  const auto on = word_bool(value);
  if (!on) return on.error();
  trust.everyone = *on;
  return {};
}

/// ":5432/tcp", as Traefik 2 and 3 write it.
outcome set_address(proxy::entry_point& e, std::string_view value) {
  using enum model::protocol;
  const std::size_t slash = value.find('/');
  const std::string suffix = slash == std::string_view::npos ? std::string() : lower(value.substr(slash));
  if (suffix != "" && suffix != "/tcp" && suffix != "/udp") return text_error{"expected nothing, /tcp or /udp behind the port"};
  e.protocol = suffix == "/tcp" ? tcp : suffix == "/udp" ? udp : http;
  value = value.substr(0, slash);
  if (auto parsed = parse_address(value); !parsed) return parsed.error();
  e.address = value;
  return {};
}

template <class Number>
outcome set_count(Number& to, std::string_view value) {
  const auto given = parse_count(value, 1, 1'000'000);
  if (!given) return given.error();
  to = *given;
  return {};
}

outcome set_timeout(std::optional<proxy::milliseconds>& to, std::string_view value) {
  const auto given = parse_duration(value);
  if (!given) return given.error();
  if (given->count() < 0) return text_error{"must not be less than 0"};
  to = *given;
  return {};
}

struct word_row {
  std::string_view name;
  outcome (*apply)(proxy::entry_point&, std::string_view);
};

constexpr std::array<word_row, 13> served{{
    {"name",
     [](proxy::entry_point& e, std::string_view v) -> outcome {
       if (v.empty()) return text_error{"Name is empty"};
       e.name = v;
       return {};
     }},
    {"address", [](proxy::entry_point& e, std::string_view v) { return set_address(e, v); }},
    {"maxconnections", [](proxy::entry_point& e, std::string_view v) { return set_count(e.max_connections, v); }},
    {"backlog", [](proxy::entry_point& e, std::string_view v) { return set_count(e.backlog, v); }},
    {"forwardedheaders.trustedips", [](proxy::entry_point& e, std::string_view v) { return set_ranges(e.forwarded_headers, v); }},
    {"forwardedheaders.insecure", [](proxy::entry_point& e, std::string_view v) { return set_everyone(e.forwarded_headers, v); }},
    {"proxyprotocol.trustedips", [](proxy::entry_point& e, std::string_view v) { return set_ranges(e.proxy_protocol, v); }},
    {"proxyprotocol.insecure", [](proxy::entry_point& e, std::string_view v) { return set_everyone(e.proxy_protocol, v); }},
    {"respondingtimeouts.readtimeout", [](proxy::entry_point& e, std::string_view v) { return set_timeout(e.timeouts.read, v); }},
    {"respondingtimeouts.writetimeout", [](proxy::entry_point& e, std::string_view v) { return set_timeout(e.timeouts.write, v); }},
    {"respondingtimeouts.idletimeout", [](proxy::entry_point& e, std::string_view v) { return set_timeout(e.timeouts.idle, v); }},
    {"strictpaths",
     [](proxy::entry_point& e, std::string_view v) -> outcome {
       const auto on = word_bool(v);
       if (!on) return on.error();
       e.strict_paths = *on;
       return {};
     }},
    {"compress",
     [](proxy::entry_point& e, std::string_view v) -> outcome {
       const auto on = word_bool(v);
       if (!on) return on.error();
       e.compress = *on;
       return {};
     }},
}};

// Whole words or, with a dot at the end, families of words of Traefik 1.7.
constexpr std::array<std::string_view, 4> not_served{"tls", "tls.", "ca", "ca."};

bool known_to_traefik(std::string_view key) {
  for (const std::string_view word : not_served)
    if (key == word || (word.back() == '.' && key.substr(0, word.size()) == word)) return true;
  return false;
}

outcome apply_word(proxy::entry_point& entry, std::string_view word) {
  const auto colon = word.find(':');
  const std::string_view shown = word.substr(0, colon);
  const std::string key = lower(shown);
  const std::string_view value = colon == std::string_view::npos ? std::string_view{} : word.substr(colon + 1);
  for (const word_row& row : served)
    if (row.name == key) {
      auto done = row.apply(entry, value);
      if (!done) return text_error{fmt::format("{} in \"{}\"", done.error().reason, word)};
      return {};
    }
  const auto guard = apply_guard_word(entry, key, value);
  // Users' hashes do not belong into an error line.
  if (!guard) return text_error{fmt::format("{} in \"{}\"", guard.error().reason, key.ends_with(".users") ? shown : word)};
  if (*guard) return {};
  if (known_to_traefik(key)) return text_error{fmt::format("the word \"{}\" is not served yet; remove it", shown)};
  return text_error{
      fmt::format("unknown word \"{}\"; known are Name, Address, ForwardedHeaders.TrustedIPs, "
                  "ForwardedHeaders.Insecure, ProxyProtocol.TrustedIPs, ProxyProtocol.Insecure, MaxConnections, Backlog, Compress, StrictPaths, "
                  "RespondingTimeouts.ReadTimeout, .WriteTimeout, .IdleTimeout, Redirect.EntryPoint, .Regex, .Replacement, "
                  ".Permanent, WhiteList.SourceRange, .UseXForwardedFor and those of Auth.Basic, Auth.Digest, Auth.Forward",
                  shown)};
}

}  // namespace

bool is_entry_point_word(std::string_view word) {
  const std::string key = lower(word);
  return is_guard_word(key) || known_to_traefik(key) ||
         std::any_of(served.begin(), served.end(), [&](const word_row& row) { return row.name == key; });
}

base::text_result<proxy::entry_point> parse_entry_point(std::string_view text) {
  proxy::entry_point entry;
  std::string wrong;  // all of it: each is mended in the same line
  for (std::string_view rest = trim(text); !rest.empty();) {
    const auto end = rest.find_first_of(" \t\r\n");
    if (auto done = apply_word(entry, rest.substr(0, end)); !done) wrong += (wrong.empty() ? "" : "; ") + done.error().reason;
    rest = end == std::string_view::npos ? std::string_view{} : trim(rest.substr(end));
  }
  if (!wrong.empty()) return text_error{std::move(wrong)};
  if (entry.name.empty()) return text_error{"expected Name:… and Address:…, such as 'Name:http Address::80'; Name is missing"};
  if (auto ok = check_guard_words(entry); !ok) return ok.error();
  return entry;
}

}  // namespace waggle::app
