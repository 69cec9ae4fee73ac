// How connections and datagrams are shared out among servers: the schedulers of ipvsadm, by the word that an operator writes. What each
// does: proxy/schedule.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace waggle::model {

enum class scheduler : std::uint8_t {
  round_robin,                 ///< rr
  weighted_round_robin,        ///< wrr
  least_connections,           ///< lc
  weighted_least_connections,  ///< wlc
  shortest_expected_delay,     ///< sed
  never_queue,                 ///< nq
  source_hash,                 ///< sh
  maglev_hash,                 ///< mh
  weighted_failover,           ///< fo
  weighted_overflow,           ///< ovf
  power_of_two,                ///< twos
  destination_hash,            ///< dh
};

struct scheduling {
  scheduler policy = scheduler::weighted_least_connections;
  bool by_port = false;   ///< flag "port": the hash takes the client's port as well
  bool fallback = false;  ///< flag "fallback": go on where the hashed server cannot be used, instead of refusing
  bool operator==(const scheduling&) const = default;
};

/// Where there is persistence and no scheduler was named: every replica of waggle makes the same first choice, and nothing is shared.
inline constexpr scheduling persistent_scheduling{.policy = scheduler::maglev_hash, .by_port = false, .fallback = true};

struct scheduler_word {
  std::string_view word;
  scheduler policy;
};

inline constexpr std::array scheduler_words{
    scheduler_word{"rr", scheduler::round_robin},
    scheduler_word{"wrr", scheduler::weighted_round_robin},
    scheduler_word{"lc", scheduler::least_connections},
    scheduler_word{"wlc", scheduler::weighted_least_connections},
    scheduler_word{"sed", scheduler::shortest_expected_delay},
    scheduler_word{"nq", scheduler::never_queue},
    scheduler_word{"sh", scheduler::source_hash},
    scheduler_word{"mh", scheduler::maglev_hash},
    scheduler_word{"fo", scheduler::weighted_failover},
    scheduler_word{"ovf", scheduler::weighted_overflow},
    scheduler_word{"twos", scheduler::power_of_two},
    scheduler_word{"dh", scheduler::destination_hash},
};

/// A word that is not served, and what to write instead.
struct foreign_scheduler {
  std::string_view word, of;  ///< of: the program that has it
  scheduler instead;
};

inline constexpr std::array foreign_schedulers{
    foreign_scheduler{"lblc", "IPVS", scheduler::maglev_hash},  // both are for caches that see many destination addresses
    foreign_scheduler{"lblcr", "IPVS", scheduler::maglev_hash},
    foreign_scheduler{"roundrobin", "HAProxy", scheduler::weighted_round_robin},
    foreign_scheduler{"static-rr", "HAProxy", scheduler::weighted_round_robin},
    foreign_scheduler{"leastconn", "HAProxy", scheduler::weighted_least_connections},
    foreign_scheduler{"source", "HAProxy", scheduler::maglev_hash},
    foreign_scheduler{"first", "HAProxy", scheduler::weighted_failover},  // with maxConn: the next one when it is full
    foreign_scheduler{"random", "HAProxy and nginx", scheduler::power_of_two},
    foreign_scheduler{"least_conn", "nginx", scheduler::weighted_least_connections},
    foreign_scheduler{"ip_hash", "nginx", scheduler::maglev_hash},
    foreign_scheduler{"hash", "nginx", scheduler::maglev_hash},
    foreign_scheduler{"drr", "Traefik 1", scheduler::weighted_round_robin},
    foreign_scheduler{"p2c", "Traefik 3", scheduler::power_of_two},
    foreign_scheduler{"hrw", "Traefik 3", scheduler::maglev_hash},
};

/// What may stand in schedulerFlags; ipvsadm's flag-1 … are not words.
enum class scheduler_flag : std::uint8_t { port, fallback };

struct scheduler_flag_word {
  std::string_view word;
  scheduler_flag flag;
  std::optional<scheduler> of;  ///< means something for this scheduler only; none: for any that hashes
};

inline constexpr std::array scheduler_flag_words{
    scheduler_flag_word{"port", scheduler_flag::port, {}},
    scheduler_flag_word{"fallback", scheduler_flag::fallback, {}},
    scheduler_flag_word{"sh-port", scheduler_flag::port, scheduler::source_hash},
    scheduler_flag_word{"sh-fallback", scheduler_flag::fallback, scheduler::source_hash},
    scheduler_flag_word{"mh-port", scheduler_flag::port, scheduler::maglev_hash},
    scheduler_flag_word{"mh-fallback", scheduler_flag::fallback, scheduler::maglev_hash},
};

/// Does the flag change what the scheduler does? dh looks at waggle's own address, so the client's port says nothing to it.
constexpr bool takes_flag(scheduler policy, scheduler_flag flag) noexcept {
  switch (policy) {
    case scheduler::source_hash:
    case scheduler::maglev_hash: return true;
    case scheduler::destination_hash: return flag == scheduler_flag::fallback;
    default: return false;
  }
}

namespace detail {
/// The row of this word, in any case of letters; null: there is none.
template <class Rows>
constexpr auto find_row(const Rows& rows, std::string_view word) noexcept -> decltype(rows.data()) {
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (const auto& row : rows)
    if (std::equal(word.begin(), word.end(), row.word.begin(), row.word.end(), [&](char a, char b) { return lower(a) == b; })) return &row;
  return nullptr;
}
}  // namespace detail

/// @param word  in any case, as below. nullopt: none of ours is called so.
constexpr std::optional<scheduler> find_scheduler(std::string_view word) noexcept {
  const auto* row = detail::find_row(scheduler_words, word);
  return row ? std::optional(row->policy) : std::nullopt;
}

/// @return null: not known of any program.
constexpr const foreign_scheduler* find_foreign_scheduler(std::string_view word) noexcept { return detail::find_row(foreign_schedulers, word); }

/// @return null: no flag.
constexpr const scheduler_flag_word* find_scheduler_flag(std::string_view word) noexcept { return detail::find_row(scheduler_flag_words, word); }

constexpr std::string_view word_of(scheduler policy) noexcept {
  for (const scheduler_word& row : scheduler_words)
    if (row.policy == policy) return row.word;
  return {};
}

}  // namespace waggle::model
