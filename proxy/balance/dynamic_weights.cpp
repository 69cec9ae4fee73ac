#include "balance/dynamic_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace waggle::proxy::balance {
namespace {

constexpr unsigned growth = 4, largest = 4096;
constexpr double spread = 1.5;
constexpr io::time_ms settle = 10'000;

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const std::size_t half = v.size() / 2;
  return v.size() % 2 == 1 ? v[half] : (v[half - 1] + v[half]) / 2;
}

}  // namespace

dynamic_weights::dynamic_weights(const plan::backend& b) : source_(b.source), servers_(b.servers.size()) {
  for (std::size_t i = 0; i < servers_.size(); ++i) servers_[i].original = servers_[i].current = std::max(1u, b.servers[i].weight);
  max_ = b.weight_max;
  gcd_ = b.weight_gcd;
}

void dynamic_weights::window::forget_old(io::time_ms second) noexcept {
  if (second >= last + seconds) counts.fill(0);
  else
    for (io::time_ms s = last + 1; s <= second; ++s) counts[s % seconds] = 0;
  last = std::max(last, second);
}

void dynamic_weights::window::add(io::time_ms second) noexcept {
  if (filled == 0 || second > last) filled = std::min<unsigned>(filled + 1, seconds);
  forget_old(second);
  ++counts[second % seconds];
}

std::uint64_t dynamic_weights::window::sum(io::time_ms second) noexcept {
  forget_old(second);
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void dynamic_weights::note(std::size_t i, unsigned status, io::time_ms now) {
  if (i >= servers_.size() || status < 200) return;
  const bool error = status >= 500 && status <= 504;
  (error ? servers_[i].errors : servers_[i].others).add(now / 1000);
  adjust(now);
}

void dynamic_weights::adjust(io::time_ms now) {
  if (servers_.size() < 2 || now < quiet_until_) return;
  for (const server& s : servers_)
    if (s.errors.filled + s.others.filled < seconds) return;  // too little is known of one
  if (mark(now / 1000) ? favour_good() : converge()) {
    normalise();
    quiet_until_ = now + settle;
  }
}

/// Splits by error ratio. @return whether there are servers of both kinds.
bool dynamic_weights::mark(io::time_ms second) {
  std::vector<double> ratings;
  for (server& s : servers_) {
    const auto errors = static_cast<double>(s.errors.sum(second)), all = errors + static_cast<double>(s.others.sum(second));
    s.rating = all > 0 ? errors / all : 0;
    ratings.push_back(s.rating);
  }
  if (ratings.size() % 2 == 0) ratings.push_back(0);  // so that one of two can be the outlier
  const double middle = median(ratings);
  for (double& r : ratings) r = std::abs(r - middle);
  const double limit = middle + spread * median(ratings);
  std::size_t good = 0;
  for (server& s : servers_) {
    s.good = s.rating <= limit;
    good += s.good ? 1 : 0;
  }
  return good > 0 && good < servers_.size();
}

bool dynamic_weights::favour_good() {
  bool changed = false;
  for (server& s : servers_) {
    if (!s.good || s.current * growth > largest) continue;
    s.current *= growth;
    changed = true;
  }
  return changed;
}

/// Nobody stands out: back towards what the labels say.
bool dynamic_weights::converge() {
  bool changed = false;
  for (server& s : servers_) {
    if (s.current == s.original) continue;
    s.current = std::max(s.current / growth, s.original);
    changed = true;
  }
  return changed;
}

void dynamic_weights::normalise() {
  unsigned common = 0;
  for (const server& s : servers_) common = std::gcd(common, s.current);
  max_ = 1;
  for (server& s : servers_) {
    s.current /= std::max(1u, common);
    max_ = std::max(max_, s.current);
  }
  gcd_ = 1;
}

}  // namespace waggle::proxy::balance
