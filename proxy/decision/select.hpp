// Which server an attempt goes to: where the client's cookie leads, else where the client has logged in, else whom the balancer picks
// among those that are well; and if nobody is, somebody all the same. Pure: what it asks of the servers is given.
#pragma once

#include "balance/slow_start.hpp"

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace waggle::proxy {

/// The servers of one backend, by index, as a request sees them now. Asked one by one, and no more of them than needed: there may
/// be ten thousand.
template <class C>
concept server_candidates = requires(C& c, std::size_t i, bool (*may)(std::size_t)) {
  { c.size() } -> std::convertible_to<std::size_t>;
  { c.up(i) } -> std::same_as<bool>;                       // not known to be down by its health check
  { c.proven(i) } -> std::same_as<bool>;                   // a good check of it is known, or none is made
  { c.tried(i) } -> std::same_as<bool>;                    // by this request
  { c.usable(i) } -> std::same_as<bool>;                   // not held down for failed connects
  { c.slot(i) } -> std::convertible_to<std::string_view>;  // shared with the task that takes its place; empty: none
  { c.has_logins() } -> std::same_as<bool>;                // the client has logged in on connections of its own
  { c.logged_in(i) } -> std::same_as<bool>;                // … to this one
  { c.slow_start() } -> std::same_as<bool>;                // newcomers of this backend begin with a part of their share
  { c.share(i) } -> std::same_as<std::uint32_t>;
  { c.credit(i) } -> std::same_as<std::uint32_t&>;  // of balance::takes_turn
  { c.pick(may) } -> std::same_as<int>;             // the balancer's next of those that may; -1: none
};

/// Where the client's cookie leads.
struct affinity_target {
  int server = -1;             ///< -1: nowhere
  bool via_successor = false;  ///< it names one that left; this one has its slot
};

namespace detail {

template <server_candidates C>
class selection {
 public:
  explicit selection(C& c) noexcept : c_(c) {}

  /// @return -1: leave it to the balancer.
  int by_affinity(affinity_target wanted) {
    if (wanted.server < 0) return -1;
    const auto w = static_cast<std::size_t>(wanted.server);
    // Whoever names a server has been there: some replica of waggle has found it well.
    if (wanted.via_successor ? good(w) : usable(w)) return wanted.server;
    if (std::string_view(c_.slot(w)).empty()) return -1;
    for (std::size_t i = 0; i < c_.size(); ++i)  // start-first: the slot may have its next task already
      if (i != w && c_.slot(i) == c_.slot(w) && good(i)) return static_cast<int>(i);
    return -1;
  }

  int by_login() {
    if (!c_.has_logins()) return -1;
    for (std::size_t i = 0; i < c_.size(); ++i)
      if (c_.logged_in(i) && usable(i)) return static_cast<int>(i);
    return -1;
  }

  /// While some of them have a part of their share only.
  int by_growing_shares() {
    if (!c_.slow_start()) return -1;
    std::uint32_t least = balance::full_share, most = 0;
    for (std::size_t i = 0; i < c_.size(); ++i) {
      if (!good(i)) continue;
      least = std::min(least, c_.share(i));
      most = std::max(most, c_.share(i));
    }
    if (least >= most) return -1;
    return c_.pick([&](std::size_t i) { return good(i) && balance::takes_turn(c_.credit(i), c_.share(i), most); });
  }

  int by_balance(affinity_target wanted) {
    int i = c_.pick([&](std::size_t k) { return good(k); });
    if (i < 0) i = c_.pick([&](std::size_t k) { return usable(k); });  // not one is proven: better than nobody
    if (i < 0 && wanted.server >= 0 && fresh(static_cast<std::size_t>(wanted.server))) i = wanted.server;
    if (i < 0) i = c_.pick([&](std::size_t k) { return fresh(k); });  // all held down: doubt removes nothing, somebody is asked
    if (i < 0) i = c_.pick([&](std::size_t k) { return c_.up(k); });
    return i;
  }

 private:
  bool fresh(std::size_t i) { return c_.up(i) && !c_.tried(i); }
  bool usable(std::size_t i) { return fresh(i) && c_.usable(i); }
  bool good(std::size_t i) { return c_.proven(i) && usable(i); }
  C& c_;
};

}  // namespace detail

/// @return the server's index; -1: not one is up.
template <server_candidates C>
int select_server(C& c, affinity_target wanted) {
  detail::selection<C> s(c);
  int i = s.by_affinity(wanted);
  if (i < 0) i = s.by_login();
  if (i < 0) i = s.by_growing_shares();
  if (i < 0) i = s.by_balance(wanted);
  return i;
}

}  // namespace waggle::proxy
