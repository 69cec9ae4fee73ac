// The ways of choosing among servers, by the word that an operator writes. What each does: proxy/balance.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace waggle::model {

enum class balance_policy : std::uint8_t { weighted_round_robin, dynamic_round_robin };

struct balance_method {
  std::string_view word;
  balance_policy policy;
};

/// The first is what an unknown word, or none, means.
inline constexpr std::array balance_methods{
    balance_method{"wrr", balance_policy::weighted_round_robin},
    balance_method{"drr", balance_policy::dynamic_round_robin},
};

/// @param word  in any case. nullopt: none is called so.
constexpr std::optional<balance_policy> find_balance_policy(std::string_view word) noexcept {
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (const balance_method& m : balance_methods)
    if (std::equal(word.begin(), word.end(), m.word.begin(), m.word.end(), [&](char a, char b) { return lower(a) == b; })) return m.policy;
  return std::nullopt;
}

constexpr std::string_view word_of(balance_policy policy) noexcept {
  for (const balance_method& m : balance_methods)
    if (m.policy == policy) return m.word;
  return {};
}

}  // namespace waggle::model
