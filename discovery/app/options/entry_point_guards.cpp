#include "options/entry_point_guards.hpp"

#include "options/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace waggle::app {
namespace {

using base::text_error;
using outcome = base::text_result<void>;
using entry = proxy::entry_point;

/// What an option lies in: made by the first word that speaks of it.
template <class T>
T& made(std::optional<T>& where) {
  return where ? *where : where.emplace();
}
model::redirect& redirect_of(entry& e) { return made(e.redirect); }
model::white_list& white_list_of(entry& e) { return made(e.white_list); }
model::auth_users& basic_of(entry& e) { return made(made(e.auth).basic); }
model::auth_users& digest_of(entry& e) { return made(made(e.auth).digest); }
model::auth_forward& forward_of(entry& e) { return made(made(e.auth).forward); }
model::client_tls& forward_tls_of(entry& e) { return made(forward_of(e).tls); }

/// Empty is as if it were not said; what may not be missing then, check_guard_words() tells.
outcome put_text(std::string& to, std::string_view value) {
  to = value;
  return {};
}

/// @param colons  in each entry: name:hash, or name:realm:hash. The text itself is a secret, so none of it is told.
outcome put_users(std::vector<std::string>& to, std::string_view value, int colons) {
  for (std::string& user : split_list(value)) {
    if (std::count(user.begin(), user.end(), ':') != colons)
      return text_error{colons == 1 ? "expected name:hash, separated by commas (htpasswd makes them)"
                                    : "expected name:traefik:hash, separated by commas (htdigest makes them)"};
    to.push_back(std::move(user));
  }
  return {};
}

outcome put_ranges(model::white_list& to, std::string_view value) {
  for (std::string& range : split_list(value)) {
    if (auto ok = check_ip_range(range); !ok) return ok;
    to.source_range.push_back(std::move(range));
  }
  return {};
}

outcome put_bool(bool& to, std::string_view value) {
  const auto on = word_bool(value);
  if (!on) return on.error();
  to = *on;
  return {};
}

struct row {
  std::string_view name;
  outcome (*apply)(entry&, std::string_view);
};

constexpr std::array rows = std::to_array<row>({
    {"redirect.entrypoint", [](entry& e, std::string_view v) { return put_text(redirect_of(e).entry_point, v); }},
    {"redirect.regex", [](entry& e, std::string_view v) { return put_text(redirect_of(e).regex, v); }},
    {"redirect.replacement", [](entry& e, std::string_view v) { return put_text(redirect_of(e).replacement, v); }},
    {"redirect.permanent", [](entry& e, std::string_view v) { return put_bool(redirect_of(e).permanent, v); }},
    {"whitelist.sourcerange", [](entry& e, std::string_view v) { return put_ranges(white_list_of(e), v); }},
    {"whitelist.usexforwardedfor", [](entry& e, std::string_view v) { return put_bool(white_list_of(e).use_x_forwarded_for, v); }},
    {"whitelistsourcerange",  // deprecated; an empty one is no list
     [](entry& e, std::string_view v) { return v.empty() ? outcome() : put_ranges(white_list_of(e), v); }},
    {"auth.headerfield", [](entry& e, std::string_view v) { return put_text(made(e.auth).header_field, v); }},
    {"auth.basic.users", [](entry& e, std::string_view v) { return put_users(basic_of(e).users, v, 1); }},
    {"auth.basic.usersfile", [](entry& e, std::string_view v) { return put_text(basic_of(e).users_file, v); }},
    {"auth.basic.removeheader", [](entry& e, std::string_view v) { return put_bool(basic_of(e).remove_header, v); }},
    {"auth.digest.users", [](entry& e, std::string_view v) { return put_users(digest_of(e).users, v, 2); }},
    {"auth.digest.usersfile", [](entry& e, std::string_view v) { return put_text(digest_of(e).users_file, v); }},
    {"auth.digest.removeheader", [](entry& e, std::string_view v) { return put_bool(digest_of(e).remove_header, v); }},
    {"auth.forward.address", [](entry& e, std::string_view v) { return put_text(forward_of(e).address, v); }},
    {"auth.forward.authresponseheaders",
     [](entry& e, std::string_view v) {
       forward_of(e).auth_response_headers = split_list(v);
       return outcome();
     }},
    {"auth.forward.trustforwardheader", [](entry& e, std::string_view v) { return put_bool(forward_of(e).trust_forward_header, v); }},
    {"auth.forward.tls.ca", [](entry& e, std::string_view v) { return put_text(forward_tls_of(e).ca, v); }},
    {"auth.forward.tls.caoptional", [](entry& e, std::string_view v) { return put_bool(forward_tls_of(e).ca_optional, v); }},
    {"auth.forward.tls.cert", [](entry& e, std::string_view v) { return put_text(forward_tls_of(e).cert, v); }},
    {"auth.forward.tls.key", [](entry& e, std::string_view v) { return put_text(forward_tls_of(e).key, v); }},
    {"auth.forward.tls.insecureskipverify",
     [](entry& e, std::string_view v) { return put_bool(forward_tls_of(e).insecure_skip_verify, v); }},
});

}  // namespace

base::text_result<bool> apply_guard_word(entry& e, std::string_view key, std::string_view value) {
  for (const row& r : rows) {
    if (r.name != key) continue;
    if (auto done = r.apply(e, value); !done) return done.error();
    return true;
  }
  return false;
}

bool is_guard_word(std::string_view key) noexcept {
  return std::any_of(rows.begin(), rows.end(), [&](const row& r) { return r.name == key; });
}

std::string without_users(std::string_view words) {
  std::string out;
  while (!words.empty()) {
    const std::size_t end = words.find_first_of(" \t\r\n");
    const std::string_view word = words.substr(0, end);
    const std::size_t colon = word.find(':');
    const bool secret = colon != std::string_view::npos && lower(word.substr(0, colon)).ends_with(".users");
    out.append(secret ? word.substr(0, colon + 1) : word);
    if (secret) out += "…";
    if (end == std::string_view::npos) break;
    out += words[end];
    words.remove_prefix(end + 1);
  }
  return out;
}

outcome check_guard_words(const entry& e) {
  if (e.redirect && e.redirect->entry_point.empty() && (e.redirect->regex.empty() || e.redirect->replacement.empty()))
    return text_error{"Redirect needs Redirect.EntryPoint, or Redirect.Regex and Redirect.Replacement"};
  if (e.redirect && e.redirect->entry_point == e.name) return text_error{"Redirect.EntryPoint leads to the entry point itself"};
  if (e.white_list && e.white_list->source_range.empty()) return text_error{"WhiteList needs WhiteList.SourceRange"};
  if (!e.auth) return {};
  // Of several the first in this order counts, as in Traefik.
  if (!e.auth->basic && !e.auth->digest && !e.auth->forward) return text_error{"Auth needs Auth.Basic, Auth.Digest or Auth.Forward"};
  for (const auto& [name, users] : {std::pair{"Basic", &e.auth->basic}, std::pair{"Digest", &e.auth->digest}})
    if (*users && (*users)->users.empty() && (*users)->users_file.empty())
      return text_error{fmt::format("Auth.{0} needs Auth.{0}.Users or Auth.{0}.UsersFile", name)};
  if (e.auth->forward && e.auth->forward->address.empty()) return text_error{"Auth.Forward needs Auth.Forward.Address"};
  return {};
}

}  // namespace waggle::app
