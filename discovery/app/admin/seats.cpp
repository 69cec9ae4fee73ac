#include "admin/seats.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <unordered_map>

namespace waggle::app::admin {
namespace {

struct greedy {
  std::string_view peer;
  std::size_t count = 0;
};

/// The client that has most seats, of those that `counts`.
template <class Counts>
greedy greediest(std::span<const seat> seats, Counts&& counts) {
  std::unordered_map<std::string_view, std::size_t> by_peer;
  greedy most;
  for (const seat& s : seats) {
    if (!counts(s)) continue;
    const std::size_t n = ++by_peer[s.peer];
    if (n > most.count) most = {s.peer, n};
  }
  return most;
}

/// The first seat that fits; none: there is none.
template <class Fits>
std::optional<std::size_t> first_of(std::span<const seat> seats, Fits&& fits) {
  const auto at = std::find_if(seats.begin(), seats.end(), fits);
  if (at == seats.end()) return std::nullopt;
  return static_cast<std::size_t>(at - seats.begin());
}

/// The client with most seats, unless the newcomer's would have more than it then.
template <class Counts>
std::optional<std::string_view> who_gives_way(std::span<const seat> seats, std::string_view peer, Counts&& counts) {
  const greedy most = greediest(seats, counts);
  const auto own = std::count_if(seats.begin(), seats.end(), [&](const seat& s) { return counts(s) && s.peer == peer; });
  if (most.count < static_cast<std::size_t>(own) + 2) return std::nullopt;
  return most.peer;
}

}  // namespace

std::string client_group(std::string_view address) {
  std::array<unsigned char, 16> ip{};
  const std::string text(address);
  if (inet_pton(AF_INET6, text.c_str(), ip.data()) != 1) return text;
  static constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), ip.begin())) return text;
  return std::string(reinterpret_cast<const char*>(ip.data()), 8) + "/64";
}

bool is_this_machine(std::string_view address) noexcept { return address.starts_with("127.") || address == "::1"; }

std::optional<std::size_t> connection_to_end(std::span<const seat> seats, std::string_view peer) {
  const auto out = who_gives_way(seats, peer, [](const seat&) { return true; });
  if (!out) return std::nullopt;
  const auto answer = first_of(seats, [&](const seat& s) { return s.peer == *out && s.what == seat::use::busy; });
  return answer ? answer : first_of(seats, [&](const seat& s) { return s.peer == *out; });
}

std::optional<std::size_t> viewer_to_end(std::span<const seat> seats, std::string_view peer) {
  const auto watches = [](const seat& s) { return s.what == seat::use::viewer; };
  const auto out = who_gives_way(seats, peer, watches);
  if (!out) return std::nullopt;
  return first_of(seats, [&](const seat& s) { return watches(s) && s.peer == *out; });
}

}  // namespace waggle::app::admin
