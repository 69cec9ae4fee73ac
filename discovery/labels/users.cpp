#include "labels/users.hpp"

#include <waggle/http/field.hpp>
#include <waggle/model/bcrypt.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace waggle::discovery::users {

namespace {

using model::diagnostic;
using model::severity;

bool has(std::string_view text, std::string_view part) noexcept { return text.find(part) != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The forms of docs/middlewares.md.
bool known_hash(std::string_view hash) {
  constexpr std::array heads{"$2a$", "$2b$", "$2y$", "$apr1$", "$1$", "{SHA}"};
  return std::any_of(heads.begin(), heads.end(), [&](std::string_view head) { return hash.substr(0, head.size()) == head; });
}

// The first basic-auth user whose hash is of that sort; empty: there is none.
template <class Sort>
std::string first_user(std::string_view list, Sort&& sort) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto entry = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    if (entry.empty()) continue;
    const auto colon = entry.find(':');
    if (sort(colon == std::string_view::npos ? std::string_view{} : entry.substr(colon + 1)))
      return std::string(entry.substr(0, std::min(colon, std::size_t{40})));
  }
  return {};
}

}  // namespace

bool holds_users(std::string_view key) {
  const std::string k = http::lowered(std::string(key));
  return k.ends_with(".auth.basic.users") || k.ends_with(".auth.basic") || k.ends_with(".auth.digest.users");
}

bool may_hold_users(std::string_view key) {
  if (holds_users(key)) return true;
  const std::string k = http::lowered(std::string(key));
  const std::string last = k.substr(k.rfind('.') + 1);
  return has(k, "auth") && !last.ends_with("file") && (last.starts_with("user") || last == "basic" || last == "digest");
}

bool means_dollars(std::string_view key, std::string_view raw) {
  const std::string k = http::lowered(std::string(key));
  return holds_users(key) || k.ends_with(".redirect.regex") || k.ends_with(".redirect.replacement") || (k.ends_with(".rule") && has(raw, "Regex"));
}

std::string told(std::string_view key, std::string_view value) {
  if (may_hold_users(key)) return {};
  return std::string(value.substr(0, 200));
}

std::optional<diagnostic> judge_value(const std::string& key, const std::string& value) {
  if (has(value, "$$"))
    return diagnostic{severity::warning,
                      "dollar-doubled",
                      key,
                      told(key, value),
                      "holds $$; only a stack file needs $$; here it is read literally",
                      "write a single $ (docker service create and update take values as they are)"};
  const std::string k = http::lowered(std::string(key));
  if (!k.ends_with(".auth.basic.users") && !k.ends_with(".auth.basic")) return std::nullopt;
  const std::string user = first_user(value, [](std::string_view hash) { return !known_hash(hash); });
  if (!user.empty())
    return diagnostic{severity::warning,
                      "unusable-hash",
                      key,
                      {},
                      "the user " + user + " has no hash that any password fits",
                      "make it with htpasswd -nB " + user + "; in a stack file write every $ of it as $$"};
  const std::string slow = first_user(value, [](std::string_view hash) { return model::bcrypt_cost(hash) > model::most_bcrypt_cost; });
  if (slow.empty()) return std::nullopt;
  return diagnostic{severity::warning,
                    "costly-hash",
                    key,
                    {},
                    "the bcrypt hash of the user " + slow + " has a cost above " + std::to_string(model::most_bcrypt_cost) +
                        ", which is never computed: no password fits it",
                    "make it with htpasswd -nB -C 10 " + slow + "; in a stack file write every $ of it as $$"};
}

}  // namespace waggle::discovery::users
