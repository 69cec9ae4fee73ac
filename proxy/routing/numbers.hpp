// Dense numbers by key, counted: a server that two services name has one number until both are gone.
#pragma once

#include "plan/backend.hpp"

#include <waggle/base/shared_text.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace waggle::proxy::routing {

struct text_hash {
  std::size_t operator()(const base::shared_text& t) const noexcept { return std::hash<std::string_view>()(t); }
};

struct numbers {
  struct use {
    plan::dense_id id = 0;
    std::uint32_t users = 0;
  };
  std::unordered_map<base::shared_text, use, text_hash> by_key;
  std::vector<plan::dense_id> free;
  plan::dense_id next = 0;
  plan::dense_id take(const base::shared_text& key);
  /// @return true and the number, if that was the last user. It is not free yet.
  bool give_back(const base::shared_text& key, plan::dense_id& id);
};

}  // namespace waggle::proxy::routing
