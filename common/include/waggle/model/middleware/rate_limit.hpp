// One kind of middleware: how many requests of one kind may come in a time.
// Plain data as Traefik 1 names it; whether a value makes sense is judged where it is wired.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace waggle::model {

struct rate {
  std::int64_t period_ns = 0, average = 0, burst = 0;
  bool operator==(const rate&) const = default;
};

struct rate_limit {
  std::map<std::string, rate> rate_set;
  std::string extractor_func;
  bool operator==(const rate_limit&) const = default;
};

}  // namespace waggle::model
