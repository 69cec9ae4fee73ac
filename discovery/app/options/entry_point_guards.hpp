// The words of an entry point that protect or redirect it: Redirect.*, Auth.* and WhiteList.*, with Traefik 1's meanings.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/proxy/options.hpp>

#include <string>
#include <string_view>

namespace waggle::app {

/// @param key  in lower case. @return false: no such word.
base::text_result<bool> apply_guard_word(proxy::entry_point& entry, std::string_view key, std::string_view value);

/// @param key  in lower case
bool is_guard_word(std::string_view key) noexcept;

/// The words of an entry point as an error line may show them: the hashes of users do not belong there.
std::string without_users(std::string_view words);

/// What only all words together can show: half a redirect, auth without users.
base::text_result<void> check_guard_words(const proxy::entry_point& entry);

}  // namespace waggle::app
