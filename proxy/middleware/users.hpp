// The users of basic and digest auth as labels and users files write them.
#pragma once

#include <waggle/base/result.hpp>
#include <waggle/model/middleware/auth.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::proxy::middleware {

/// What an entry names → its hash; of two entries with one name the later holds.
using user_map = std::unordered_map<std::string, std::string>;

/// name:hash. @return Traefik's reason if one has not exactly one colon, or the file cannot be read.
base::text_result<user_map> basic_users(const model::auth_users& from);

/// name:realm:hash; the key is "name:realm".
base::text_result<user_map> digest_users(const model::auth_users& from);

/// Lines without surrounding blanks, without empty ones and those that begin with '#'.
std::vector<std::string> user_lines(std::string_view text);

}  // namespace waggle::proxy::middleware
