// Method drr: weights that lean away from servers with many errors (Traefik 1.7 section 7.2). One worker's view of one
// backend, from its own answers; without errors it is weighted round robin. Pure but for the time it is given.
#pragma once

#include "io/timer_wheel.hpp"
#include "plan/backend.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace waggle::proxy::balance {

class dynamic_weights {
 public:
  explicit dynamic_weights(const plan::backend& b);

  /// Made for these servers? A backend that was built anew begins anew.
  bool is_for(const plan::backend& b) const noexcept { return source_ == b.source; }
  /// An answer (or waggle's 502 or 504 in its place) of that server; may change the weights.
  void note(std::size_t server, unsigned status, io::time_ms now);

  std::size_t size() const noexcept { return servers_.size(); }
  unsigned weight(std::size_t i) const noexcept { return servers_[i].current; }
  unsigned max() const noexcept { return max_; }
  unsigned gcd() const noexcept { return gcd_; }

 private:
  static constexpr std::size_t seconds = 10;

  /// Counts of the last ten seconds.
  struct window {
    std::array<std::uint32_t, seconds> counts{};
    io::time_ms last = 0;  ///< second of the newest bucket
    unsigned filled = 0;   ///< buckets that were ever begun, at most all
    void add(io::time_ms second) noexcept;
    std::uint64_t sum(io::time_ms second) noexcept;

   private:
    void forget_old(io::time_ms second) noexcept;
  };
  struct server {
    unsigned original = 1, current = 1;
    window errors, others;
    double rating = 0;
    bool good = true;
  };

  void adjust(io::time_ms now);
  bool mark(io::time_ms second);
  bool favour_good();
  bool converge();
  void normalise();

  std::shared_ptr<const model::load_balancer> source_;
  std::vector<server> servers_;
  unsigned max_ = 1, gcd_ = 1;
  io::time_ms quiet_until_ = 0;  ///< no change before
};

}  // namespace waggle::proxy::balance
