#include "admin/rate_estimator.hpp"

#include <algorithm>

namespace waggle::app::admin::ipvs {
namespace {

/// @param came  in `steps` intervals of two seconds. @param bits  behind the point.
void move(std::uint64_t& scaled, std::uint64_t came, std::int64_t steps, unsigned bits) noexcept {
  const auto each = static_cast<std::int64_t>((came << (bits - 1)) / static_cast<std::uint64_t>(steps));  // in a second: half of two
  auto now = static_cast<std::int64_t>(scaled);
  for (std::int64_t i = 0; i < steps; ++i) now += (each - now) >> 2;
  scaled = static_cast<std::uint64_t>(now);
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) noexcept { return after >= before ? after - before : 0; }

constexpr std::uint64_t whole(std::uint64_t scaled, unsigned bits) noexcept { return (scaled + (std::uint64_t{1} << (bits - 1)) - 1) >> bits; }

}  // namespace

void rate_estimator::advance(time now, const figures& total) noexcept {
  const std::int64_t passed = (now - since_) / interval;
  if (passed <= 0) return;
  since_ += passed * interval;
  const std::int64_t steps = std::min(passed, most_steps);
  move(scaled_.connections, grown(last_.connections, total.connections), steps, bits_of_counts);
  move(scaled_.in_packets, grown(last_.in_packets, total.in_packets), steps, bits_of_counts);
  move(scaled_.out_packets, grown(last_.out_packets, total.out_packets), steps, bits_of_counts);
  move(scaled_.in_bytes, grown(last_.in_bytes, total.in_bytes), steps, bits_of_bytes);
  move(scaled_.out_bytes, grown(last_.out_bytes, total.out_bytes), steps, bits_of_bytes);
  last_ = total;
}

figures rate_estimator::rates() const noexcept {
  return {whole(scaled_.connections, bits_of_counts), whole(scaled_.in_packets, bits_of_counts), whole(scaled_.out_packets, bits_of_counts),
          whole(scaled_.in_bytes, bits_of_bytes), whole(scaled_.out_bytes, bits_of_bytes)};
}

}  // namespace waggle::app::admin::ipvs
