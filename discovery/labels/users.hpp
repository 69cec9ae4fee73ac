// Labels that hold users with their hashes, and others where people mean a `$` to be a `$`: what stack files and shells do to
// them. Pure.
#pragma once

#include <waggle/model/verdict.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace waggle::discovery::users {

/// Holds the label names and hashes?
bool holds_users(std::string_view key);
/// … or is meant to: misspelt, or Traefik 2's.
bool may_hold_users(std::string_view key);
/// Is a `$` in it more likely a `$` than a variable?
bool means_dollars(std::string_view key, std::string_view raw);
/// A value as it may be told: hashes are secret, also in a log of CI.
std::string told(std::string_view key, std::string_view value);

/// One label as the Engine has it: a literal `$$`, or a user whose hash lost its head.
std::optional<model::diagnostic> judge_value(const std::string& key, const std::string& value);

}  // namespace waggle::discovery::users
