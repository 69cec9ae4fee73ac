// Token buckets as Traefik 1.7 (oxy) fills and empties them, in nanoseconds. Pure: time is an argument.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace waggle::proxy::middleware {

struct token_rate {
  std::int64_t per_token = 0;  ///< period / average; 0: so fast that nothing is ever short
  std::int64_t burst = 1;
};

/// One bucket for each rate of a set.
class bucket_set {
 public:
  bucket_set(std::span<const token_rate> rates, std::int64_t now) : buckets_(rates.size()) {
    for (std::size_t i = 0; i < rates.size(); ++i) buckets_[i] = {rates[i].burst, now};
  }

  /// Takes one token from every bucket, or none. @return 0, or how long until the slowest bucket has one: always whole
  /// tokens, whatever part of one has come in already.
  std::int64_t take(std::span<const token_rate> rates, std::int64_t now) {
    std::int64_t wait = 0;
    for (std::size_t i = 0; i < rates.size(); ++i) {
      bucket& b = buckets_[i];
      if (rates[i].per_token == 0) continue;
      const std::int64_t fresh = (now - b.since) / rates[i].per_token;
      if (fresh > 0) {  // else `since` stays, or frequent requests would keep the bucket empty for ever
        b.since = now;
        b.tokens = fresh >= rates[i].burst - b.tokens ? rates[i].burst : b.tokens + fresh;
      }
      if (b.tokens < 1) wait = std::max(wait, rates[i].per_token);
    }
    if (wait > 0) return wait;
    for (std::size_t i = 0; i < rates.size(); ++i)
      if (rates[i].per_token != 0) --buckets_[i].tokens;
    return 0;
  }

 private:
  struct bucket {
    std::int64_t tokens = 0, since = 0;
  };
  std::vector<bucket> buckets_;
};

}  // namespace waggle::proxy::middleware
