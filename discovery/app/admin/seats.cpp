#include "admin/seats.hpp"

#include <algorithm>
#include <unordered_map>

namespace waggle::app::admin {
namespace {

struct greedy {
  std::optional<std::size_t> first;  ///< seat
  std::size_t count = 0;
};

/// The first seat in such use of the client that has most of them.
greedy of_the_greediest(std::span<const seat> seats, seat::use what) {
  std::unordered_map<std::string_view, greedy> by_peer;
  greedy most;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (seats[i].what != what) continue;
    greedy& g = by_peer[seats[i].peer];
    if (g.count++ == 0) g.first = i;
    if (g.count > most.count) most = g;
  }
  return most;
}

}  // namespace

std::size_t connection_to_end(std::span<const seat> seats) {
  for (const seat::use what : {seat::use::idle, seat::use::busy, seat::use::viewer})
    if (const greedy g = of_the_greediest(seats, what); g.first) return *g.first;
  return 0;
}

std::optional<std::size_t> viewer_to_end(std::span<const seat> seats, std::string_view peer) {
  const greedy most = of_the_greediest(seats, seat::use::viewer);
  const auto own = std::count_if(seats.begin(), seats.end(), [&](const seat& s) { return s.what == seat::use::viewer && s.peer == peer; });
  if (!most.first || most.count < static_cast<std::size_t>(own) + 2) return std::nullopt;
  return most.first;
}

}  // namespace waggle::app::admin
